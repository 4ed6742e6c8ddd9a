// `role` lists the roles; `role/:role_name` makes, changes, shows and deletes one.

import Cryptography
import JSON
import Paths
import PluginSDK

let listRolesPath = Path(
    "role/?", .list, fields: NameListing.fields, help: "List the roles."
) { request in
    try NameListing.outcome(request, prefix: StorageKey.rolePrefix)
}

func rolePath(_ mount: AppRoleMount) -> Path {
    Path(
        "role/:role_name",
        [
            .read: readRole,
            .create: { try writeRole($0, mount) },
            .update: { try writeRole($0, mount) },
            .delete: { try deleteRole($0, mount) },
        ],
        fields: [
            .roleName,
            .string("role_id", "The role's id; a random one by default."),
            .boolean("local_secret_ids", "Whether secret ids are local to the cluster."),
            .bindSecretID, .secretIDBoundCIDRs, .boundCIDRList, .secretIDNumUses, .secretIDTTL,
        ] + TokenParameters.fields(olderNames: Role.olderTokenNames),
        reads: [StorageKey.role("{role_name:lower}")],
        existence: StorageKey.role("{role_name:lower}"),
        help: "Make, change, read and delete roles.")
}

extension Request {
    /// Names that differ in case only are one role.
    func roleName() throws(PluginError) -> String {
        try foldedName("role_name", of: "role", maxBytes: Limits.maxRoleNameBytes)
    }
}

@Sendable private func readRole(_ request: Request) throws -> Outcome {
    let name = try request.roleName()
    return .read([StorageKey.role(name)]) { entries in
        guard let role = try entries.role(name) else { return .answer(.none) }
        return .answer(.data(role.json))
    }
}

private func writeRole(_ request: Request, _ mount: AppRoleMount) throws -> Outcome {
    let name = try request.roleName()
    let fields = try request.fields()
    return .read([StorageKey.role(name)]) { entries in
        let before = try entries.role(name)
        // Who may make roles and not change them was let through because there was none.
        if request.operation == .create, before != nil {
            throw PluginError(.unavailable, "the role was made by another request, try again")
        }
        let given = fields.string("role_id") ?? ""
        let roleID =
            !given.isEmpty ? try checkedID(given, "role_id") : before?.roleID ?? UUID128().text
        var role = before ?? Role(roleID: roleID)
        if let isLocal = fields.boolean("local_secret_ids") {
            guard before == nil || isLocal == role.hasLocalSecretIDs else {
                throw PluginError(
                    .invalidRequest, "local_secret_ids can only be modified during role creation")
            }
            role.hasLocalSecretIDs = isLocal
        }
        try role.takeSecretIDSettings(fields)
        let adjusted = try role.takeTokenParameters(fields, mount.configuration)
        return try saveRole(
            role, name, id: roleID, before: before, mount,
            warnings: adjusted + role.warnings(mount.configuration))
    }
}

/// Stores the role, and its id where that is new. An id is one role's only.
func saveRole(
    _ changed: Role, _ name: String, id: String, before: Role?, _ mount: AppRoleMount,
    warnings: [String] = []
) throws -> Outcome {
    var role = changed
    role.roleID = id
    try role.requireConstraint()
    var batch = WriteBatch()
    batch.put(StorageKey.role(name), role.record)
    let isKnown = before.map { $0.roleID.utf8.elementsEqual(id.utf8) } ?? false
    if isKnown { return .answer(Answer(warnings: warnings), writing: batch) }
    let idKey = try mount.roleIDKey(id)
    batch.putText(idKey, name)
    batch.putText(StorageKey.owner(role.key), name)
    if let before { batch.delete(try mount.roleIDKey(before.roleID)) }
    let complete = batch
    return .read([idKey]) { entries in
        guard try entries.text(idKey) == nil else {
            throw PluginError(.invalidRequest, "role_id already in use")
        }
        return .answer(Answer(warnings: warnings), writing: complete)
    }
}

/// The role is gone with the first write, and with it the key without which its secret ids are
/// nothing; then those are removed.
private func deleteRole(_ request: Request, _ mount: AppRoleMount) throws -> Outcome {
    let name = try request.roleName()
    return .read([StorageKey.role(name)]) { entries in
        guard let role = try entries.role(name) else { return .answer(.none) }
        var batch = WriteBatch()
        batch.delete(StorageKey.role(name))
        batch.delete(try mount.roleIDKey(role.roleID))
        batch.delete(StorageKey.owner(role.key))
        return .commit(batch) {
            Sweep(now: request.now) { _ in .answer(.none) }
                .folder(Hex.encode(role.key), isOwned: false) { _ in .answer(.none) }
        }
    }
}

func checkedID(_ id: String, _ field: String) throws(PluginError) -> String {
    guard id.utf8.count <= Limits.maxIDBytes else {
        throw PluginError(
            .invalidRequest, "\(field) is longer than maximum of \(Limits.maxIDBytes) bytes")
    }
    return id
}
