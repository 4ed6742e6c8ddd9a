// Looking at a secret id, by itself or by its accessor, and destroying it. Both go through its
// role: whoever may do so for one role learns nothing of another's.

import Cryptography
import Paths
import PluginSDK

func secretIDLookupPaths(_ mount: AppRoleMount) -> [Path] {
    [
        path("secret-id/lookup", bySecretID, [.update], "Look at a secret id.") { request in
            try find(secretIDOf: request, mount) { found in
                .answer(found.map { .data($0.entry.json) } ?? .none)
            }
        },
        path(
            "secret-id-accessor/lookup", byAccessor, [.update],
            "Look at a secret id by its accessor."
        ) { request in
            try find(accessorOf: request) { .answer(.data($0.entry.json)) }
        },
    ]
}

func secretIDDestroyPaths(_ mount: AppRoleMount) -> [Path] {
    [
        path(
            "secret-id/destroy", bySecretID, [.update, .delete], "Destroy a secret id."
        ) { request in
            try find(secretIDOf: request, mount) { $0.map(destroy) ?? .answer(.none) }
        },
        path(
            "secret-id-accessor/destroy", byAccessor, [.update, .delete],
            "Destroy a secret id by its accessor."
        ) { request in
            try find(accessorOf: request, then: destroy)
        },
    ]
}

private let bySecretID = Field.string("secret_id", "The secret id.")
private let byAccessor = Field.string("secret_id_accessor", "The secret id's accessor.")

private func path(
    _ tail: String, _ field: Field, _ operations: [Paths.Operation], _ help: String,
    handler: @escaping Handler
) -> Path {
    Path(
        "role/:role_name/\(tail)",
        Dictionary(uniqueKeysWithValues: operations.map { ($0, handler) }),
        fields: [.roleName, field], reads: [StorageKey.role("{role_name:lower}")], help: help)
}

/// A secret id of the role that the request names.
private struct Found: Sendable {
    let role: Role
    let key: String
    let entry: SecretID
}

private func withRole(
    _ request: Request, then: @escaping @Sendable (Role) throws -> Outcome
) throws -> Outcome {
    let name = try request.roleName()
    return .read([StorageKey.role(name)]) { entries in
        guard let role = try entries.role(name) else { throw PluginError.noSuchRole(name) }
        return try then(role)
    }
}

private func find(
    secretIDOf request: Request, _ mount: AppRoleMount,
    then: @escaping @Sendable (Found?) throws -> Outcome
) throws -> Outcome {
    let secretID = try request.fields().string("secret_id") ?? ""
    guard !secretID.isEmpty else { throw PluginError(.invalidRequest, "missing secret_id") }
    let checked = try checkedID(secretID, "secret_id")
    return try withRole(request) { role in
        let key = try mount.secretIDKey(role, checked)
        return .read([key]) { entries in
            // One that has expired is as good as gone.
            guard let entry = try entries.secretID(key), !entry.isExpired(request.now) else {
                return try then(nil)
            }
            return try then(Found(role: role, key: key, entry: entry))
        }
    }
}

private func find(
    accessorOf request: Request, then: @escaping @Sendable (Found) throws -> Outcome
) throws -> Outcome {
    let accessor = try request.fields().string("secret_id_accessor") ?? ""
    guard !accessor.isEmpty else {
        throw PluginError(.invalidRequest, "missing secret_id_accessor")
    }
    let unknown = PluginError(
        .notFound,
        "failed to find accessor entry for secret_id_accessor: \"\(accessor.prefix(64))\"")
    // Anything else would be part of a storage key.
    guard UUID128(accessor) != nil else { throw unknown }
    return try withRole(request) { role in
        let place = StorageKey.accessor(role.key, accessor)
        return .read([place]) { entries in
            guard let key = try entries.text(place) else { throw unknown }
            return .read([key]) { entries in
                guard let entry = try entries.secretID(key), !entry.isExpired(request.now) else {
                    throw unknown
                }
                return try then(Found(role: role, key: key, entry: entry))
            }
        }
    }
}

@Sendable private func destroy(_ found: Found) -> Outcome {
    var batch = WriteBatch()
    batch.delete(found.key)
    batch.delete(StorageKey.accessor(found.role.key, found.entry.accessor))
    return .answer(.none, writing: batch)
}
