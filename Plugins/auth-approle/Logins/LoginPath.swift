// `login`: a role's id, and a secret id that was made for the role, for a token.
//
// Where the role and the secret id are in memory a login reads and writes nothing here. One with a
// secret id that can be used so and so often is one conditional write: however many come at once,
// it lets in as many as it has uses.

import JSON
import Network
import Paths
import PluginSDK

func loginPath(_ mount: AppRoleMount) -> Path {
    Path(
        "login", .update,
        fields: [
            .string("role_id", "The role's id."),
            .string("secret_id", "A secret id of the role; roles can do without."),
        ],
        loginName: "role_id", help: "Log in with a role's id and a secret id."
    ) { request in
        let fields = try request.fields()
        let roleID = fields.string("role_id") ?? ""
        let secretID = fields.string("secret_id") ?? ""
        guard !roleID.isEmpty else { throw PluginError(.invalidRequest, "missing role_id") }
        guard roleID.utf8.count <= Limits.maxIDBytes, secretID.utf8.count <= Limits.maxIDBytes
        else { throw PluginError.invalidCredentials }
        return try mount.withRole(id: roleID) { name, role in
            let login = Login(request: request, mount: mount, roleName: name, role: role)
            guard role.bindsSecretID else { return .answer(try login.answer(nil)) }
            guard !secretID.isEmpty else {
                throw PluginError(.invalidRequest, "missing secret_id")
            }
            return try login.use(secretID)
        }
    }
}

private struct Login: Sendable {
    let request: Request
    let mount: AppRoleMount
    let roleName: String
    let role: Role

    func use(_ secretID: String) throws -> Outcome {
        let key = try mount.secretIDKey(role, secretID)
        if let entry = mount.secretIDs.find(key) { return .answer(try answer(entry)) }
        return .read([key]) { entries in
            guard let entry = try entries.secretID(key) else {
                throw PluginError.invalidCredentials
            }
            let answer = try answer(entry)
            guard entry.usesLeft > 0 else {
                mount.secretIDs.insert(entry, key)
                return .answer(answer)
            }
            return .answer(answer, writing: oneUseLess(of: entry, key))
        }
    }

    private func oneUseLess(of entry: SecretID, _ key: String) -> WriteBatch {
        var batch = WriteBatch()
        if entry.usesLeft == 1 {
            batch.delete(key)
            batch.delete(StorageKey.accessor(role.key, entry.accessor))
        } else {
            var next = entry
            next.usesLeft -= 1
            next.updated = request.now
            batch.put(key, next.record)
        }
        return batch
    }

    /// A login that is refused here has used up nothing.
    func answer(_ entry: SecretID?) throws(PluginError) -> Answer {
        if entry?.isExpired(request.now) ?? false { throw .invalidCredentials }
        if let entry {
            // The role may have been narrowed since.
            try entry.boundCIDRs.requireWithin(
                role.secretIDBoundCIDRs.blocks, role.secretIDBoundCIDRs.texts)
            try require(entry.boundCIDRs.blocks, "through CIDR restrictions on the secret ID")
        }
        try require(role.secretIDBoundCIDRs.blocks, "by CIDR restrictions on the role")
        let metadata =
            (entry?.metadata ?? []).filter {
                !$0.name.utf8.elementsEqual("role_name".utf8)
            } + [TextPair("role_name", roleName)]
        var grant = try role.token.grant(
            for: request, aliasName: role.roleID, metadata: metadata, aliasMetadata: metadata,
            internalData: ["role_name": .string(roleName)])
        if let entry, !entry.tokenBoundCIDRs.isEmpty {
            grant.boundCIDRs = entry.tokenBoundCIDRs.texts
        }
        return .auth(grant)
    }

    private func require(_ blocks: [CIDRBlock], _ reason: String) throws(PluginError) {
        guard blocks.admit(request.remoteAddress) else {
            throw PluginError(
                .invalidRequest,
                "source address \"\(request.remoteAddress)\" unauthorized \(reason)")
        }
    }
}
