// `roles/:name`: what certificates may be had by a name.

import JSON
import Paths
import PluginSDK

func rolePaths(_ mount: PKIMount) -> [Path] {
    [
        Path(
            "roles/?", .list, fields: NameListing.fields, help: "List the roles."
        ) { request in
            try NameListing.outcome(request, prefix: StorageKey.rolePrefix)
        },
        Path(
            "roles/:name",
            [
                .read: { request in
                    let name = try request.roleName()
                    return .read([StorageKey.role(name)]) { entries in
                        guard let record = entries[StorageKey.role(name)] else {
                            return .answer(.none)
                        }
                        return .answer(.data(.object(try RoleCache.read(record).values)))
                    }
                },
                .update: { try writeRole($0, mount) },
                .patch: { try patchRole($0) },
                .delete: { request in
                    let name = try request.roleName()
                    var batch = WriteBatch()
                    batch.delete(StorageKey.role(name))
                    return .answer(.none, writing: batch)
                },
            ],
            fields: [RoleFields.name] + RoleFields.all, reads: [StorageKey.role("{name}")],
            help: "What certificates may be had by this name."),
    ]
}

private func writeRole(_ request: Request, _ mount: PKIMount) throws -> Outcome {
    let name = try request.roleName()
    let role = try Role(try RoleFields.values(try request.fields()))
    // The issuer should be there, but may also come later. Templates are checked by trying them.
    return try role.names.templates.fill { _ in
        mount.withAuthority { loaded in
            var warnings = role.warnings
            if (try? loaded.authority.issuer(role.issuer)) == nil {
                warnings.append(
                    "Issuing Certificate was set to \(role.issuer), which is not there yet")
            }
            var batch = WriteBatch()
            batch.put(StorageKey.role(name), role.record)
            return .answer(.data(.object(role.values), warnings: warnings), writing: batch)
        }
    }
}

private func patchRole(_ request: Request) throws -> Outcome {
    let name = try request.roleName()
    let fields = try request.fields()
    return .read([StorageKey.role(name)]) { entries in
        guard let record = entries[StorageKey.role(name)] else {
            throw PluginError(.notFound, "Unable to fetch role entry to patch")
        }
        let before = try RoleCache.read(record).values
        let role = try Role(try RoleFields.values(fields, before: before))
        return try role.names.templates.fill { _ in
            var batch = WriteBatch()
            batch.put(StorageKey.role(name), role.record)
            return .answer(.data(.object(role.values), warnings: role.warnings), writing: batch)
        }
    }
}

extension Role {
    /// What it says and does not come to pass.
    fileprivate var warnings: [String] {
        keyUsage.isDisjoint(with: PurposeStage.ofAuthorities) ? [] : [PurposeStage.leftOut]
    }
}

extension Request {
    /// The role that the path names.
    func roleName() throws(PluginError) -> String {
        try plainName("name", of: "role", maxBytes: Limits.maxNameBytes)
    }
}
