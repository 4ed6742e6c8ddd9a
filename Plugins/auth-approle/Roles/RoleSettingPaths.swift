// `role/:role_name/<setting>`: one setting of a role, to read, to change, and to put back to what
// it is without anybody's wish. A policy can so allow the change of one and not of the others.

import JSON
import Paths
import PluginSDK

/// One setting.
private struct RoleSetting: Sendable {
    let path: String
    let fields: [Field]
    let show: @Sendable (Role) -> JSONValue
    /// Nil for one that is only read.
    var set: (@Sendable (FieldValues, inout Role, MountConfiguration) throws -> Void)?
    var reset: @Sendable (inout Role) -> Void = { _ in }
    var warning: String?

    /// The field that it is called by today.
    var name: String { fields.first?.name ?? path }
}

func roleSettingPaths(_ mount: AppRoleMount) -> [Path] {
    let tokenSettings: [RoleSetting] = [
        .token("policies", .policies), .token("period", .period),
        .token("token-ttl", .ttl), .token("token-max-ttl", .maxTTL),
        .token("token-num-uses", .numberOfUses), .token("token-bound-cidrs", .boundCIDRs),
    ]
    return (tokenSettings + secretIDSettings).map { $0.path(mount) }
}

private let secretIDSettings: [RoleSetting] = [
    .secretID(
        "bind-secret-id", .bindSecretID, show: { .bool($0.bindsSecretID) },
        reset: { $0.bindsSecretID = true }),
    .secretID(
        "secret-id-num-uses", .secretIDNumUses, show: { .int($0.secretIDNumUses) },
        reset: { $0.secretIDNumUses = 0 }),
    .secretID(
        "secret-id-ttl", .secretIDTTL, show: { .int($0.secretIDTTLSeconds) },
        reset: { $0.secretIDTTLSeconds = 0 }),
    .secretID(
        "secret-id-bound-cidrs", .secretIDBoundCIDRs, show: { $0.secretIDBoundCIDRs.json },
        reset: { $0.secretIDBoundCIDRs = .none }),
    .secretID(
        "bound-cidr-list", .boundCIDRList, show: { $0.secretIDBoundCIDRs.json },
        reset: { $0.secretIDBoundCIDRs = .none },
        warning: "The \"bound_cidr_list\" field is deprecated and will be removed. Please use "
            + "\"secret_id_bound_cidrs\" instead."),
    RoleSetting(
        path: "local-secret-ids",
        fields: [.boolean("local_secret_ids", "Whether secret ids are local to the cluster.")],
        show: { .bool($0.hasLocalSecretIDs) }),
]

extension RoleSetting {
    fileprivate static func secretID(
        _ path: String, _ field: Field, show: @escaping @Sendable (Role) -> JSONValue,
        reset: @escaping @Sendable (inout Role) -> Void, warning: String? = nil
    ) -> RoleSetting {
        RoleSetting(
            path: path, fields: [field], show: show,
            set: { fields, role, _ in try role.takeSecretIDSettings(fields) }, reset: reset,
            warning: warning)
    }

    /// The same parameters as of the role itself, so that they are checked together.
    fileprivate static func token(_ path: String, _ parameter: TokenParameter) -> RoleSetting {
        let names = [parameter.rawValue, Role.olderTokenNames[parameter]].compactMap { $0 }
        return RoleSetting(
            path: path,
            fields: TokenParameters.fields(olderNames: Role.olderTokenNames).filter { field in
                names.contains { $0.utf8.elementsEqual(field.name.utf8) }
            },
            show: { $0.token.value(of: parameter) },
            set: { fields, role, mount in try role.takeTokenParameters(fields, mount) },
            reset: { $0.token.reset(parameter) })
    }

    fileprivate func path(_ mount: AppRoleMount) -> Path {
        var handlers: [Paths.Operation: Handler] = [.read: read]
        if let set {
            handlers[.update] = { request in
                let fields = try request.fields()
                guard self.fields.contains(where: { fields.isPresent($0.name) }) else {
                    throw PluginError(.invalidRequest, "missing \(name)")
                }
                return try change(request, mount) { try set(fields, &$0, mount.configuration) }
            }
            handlers[.delete] = { request in try change(request, mount, reset) }
        }
        return Path(
            "role/:role_name/\(path)", handlers, fields: [.roleName] + fields,
            reads: [StorageKey.role("{role_name:lower}")],
            help: "Read or change one setting of a role: \(name).")
    }

    @Sendable private func read(_ request: Request) throws -> Outcome {
        let roleName = try request.roleName()
        return .read([StorageKey.role(roleName)]) { entries in
            guard let role = try entries.role(roleName) else { return .answer(.none) }
            let warnings = warning.map { [$0] } ?? []
            return .answer(
                .data(.object(JSONObject([(name, show(role))])), warnings: warnings))
        }
    }

    private func change(
        _ request: Request, _ mount: AppRoleMount,
        _ body: @escaping @Sendable (inout Role) throws -> Void
    ) throws -> Outcome {
        let roleName = try request.roleName()
        return .read([StorageKey.role(roleName)]) { entries in
            guard let before = try entries.role(roleName) else {
                throw PluginError.noSuchRole(roleName)
            }
            var role = before
            try body(&role)
            return try saveRole(
                role, roleName, id: role.roleID, before: before, mount,
                warnings: role.warnings(mount.configuration))
        }
    }
}
