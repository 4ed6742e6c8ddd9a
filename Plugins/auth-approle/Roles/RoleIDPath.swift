// `role/:role_name/role-id`: the half of the credentials that is no secret.

import JSON
import Paths
import PluginSDK

func roleIDPath(_ mount: AppRoleMount) -> Path {
    Path(
        "role/:role_name/role-id",
        [
            .read: { request in
                let name = try request.roleName()
                return .read([StorageKey.role(name)]) { entries in
                    guard let role = try entries.role(name) else { return .answer(.none) }
                    return .answer(.data(["role_id": .string(role.roleID)]))
                }
            },
            .update: { request in
                let name = try request.roleName()
                let wanted = try request.fields().string("role_id") ?? ""
                guard !wanted.isEmpty else {
                    throw PluginError(.invalidRequest, "missing role_id")
                }
                let roleID = try checkedID(wanted, "role_id")
                return .read([StorageKey.role(name)]) { entries in
                    guard let role = try entries.role(name) else {
                        throw PluginError.noSuchRole(name)
                    }
                    return try saveRole(role, name, id: roleID, before: role, mount)
                }
            },
        ],
        fields: [.roleName, .string("role_id", "The role's id.")],
        reads: [StorageKey.role("{role_name:lower}")],
        help: "Read or choose the id of a role.")
}
