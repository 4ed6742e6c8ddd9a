// `role/:role_name/secret-id` makes a secret id, or lists the accessors of those there are;
// `custom-secret-id` takes one of the caller's own choice.

import Cryptography
import JSON
import Network
import Paths
import PluginSDK

private let secretIDFields: [Field] = [
    .roleName,
    Field(
        name: "metadata", kind: .any,
        help: "JSON text of an object of strings, which go to the token and in plain to the audit "
            + "log."),
    .stringList("cidr_list", "CIDR blocks of addresses that may log in with it."),
    .stringList("token_bound_cidrs", "CIDR blocks of addresses that may use its tokens."),
    .integer("num_uses", "How often it can be used; what the role says by default."),
    .duration("ttl", "How long it can be used; what the role says by default."),
]

func secretIDPath(_ mount: AppRoleMount) -> Path {
    Path(
        "role/:role_name/secret-id/?",
        [
            .update: { try make($0, UUID128().text, mount) },
            .list: listAccessors,
        ],
        fields: secretIDFields + NameListing.fields,
        reads: [StorageKey.role("{role_name:lower}")],
        help: "Make a secret id, or list the accessors of a role's secret ids.")
}

func customSecretIDPath(_ mount: AppRoleMount) -> Path {
    Path(
        "role/:role_name/custom-secret-id", .update,
        fields: secretIDFields + [.string("secret_id", "The secret id.")],
        reads: [StorageKey.role("{role_name:lower}")],
        help: "Take a secret id of your own choice."
    ) { request in
        let secretID = try request.fields().string("secret_id") ?? ""
        guard !secretID.isEmpty else { throw PluginError(.invalidRequest, "missing secret_id") }
        return try make(request, try checkedID(secretID, "secret_id"), mount)
    }
}

@Sendable private func listAccessors(_ request: Request) throws -> Outcome {
    let name = try request.roleName()
    return .read([StorageKey.role(name)]) { entries in
        guard let role = try entries.role(name) else { throw PluginError.noSuchRole(name) }
        return try NameListing.outcome(
            request, prefix: StorageKey.accessorPrefix(role.key))
    }
}

private func make(_ request: Request, _ secretID: String, _ mount: AppRoleMount) throws -> Outcome {
    let name = try request.roleName()
    let fields = try request.fields()
    return .read([StorageKey.role(name)]) { entries in
        guard let role = try entries.role(name) else { throw PluginError.noSuchRole(name) }
        guard role.bindsSecretID else {
            throw PluginError(.invalidRequest, "bind_secret_id is not set on the role")
        }
        let entry = try SecretID(for: role, fields, mount.configuration, now: request.now)
        let key = try mount.secretIDKey(role, secretID)
        return .read([key]) { entries in
            let before = try entries.secretID(key)
            guard before?.isExpired(request.now) ?? true else {
                throw PluginError(.invalidRequest, "SecretID is already registered")
            }
            var batch = WriteBatch()
            batch.put(key, entry.record)
            batch.putText(StorageKey.accessor(role.key, entry.accessor), key)
            if let before {
                batch.delete(StorageKey.accessor(role.key, before.accessor))
            }
            return .answer(entry.answer(secretID, now: request.now), writing: batch)
        }
    }
}

extension SecretID {
    /// The only time that the secret is seen. One that ends is removed some time later.
    fileprivate func answer(_ secretID: String, now: Timestamp) -> Answer {
        let answer = Answer.data([
            "secret_id": .string(secretID),
            "secret_id_accessor": .string(accessor),
            "secret_id_ttl": .int(ttlSeconds),
            "secret_id_num_uses": .int(usesLeft),
        ])
        guard let expires else { return answer }
        return answer.waking(afterSeconds: Sweep.wait(until: expires, now: now))
    }

    /// A wish within what the role allows.
    fileprivate init(
        for role: Role, _ fields: FieldValues, _ mount: MountConfiguration, now: Timestamp
    ) throws(PluginError) {
        let uses = fields.integer("num_uses") ?? role.secretIDNumUses
        if uses < 0 { throw PluginError(.invalidRequest, "num_uses cannot be negative") }
        guard Self.isWithin(uses, role.secretIDNumUses) else {
            throw PluginError(
                .invalidRequest,
                "num_uses cannot be higher than the role's secret_id_num_uses")
        }
        let seconds = fields.duration("ttl") ?? role.secretIDTTLSeconds
        guard Self.isWithin(seconds, role.secretIDTTLSeconds) else {
            throw PluginError(
                .invalidRequest, "ttl cannot be longer than the role's secret_id_ttl")
        }
        let most = Int(clamping: mount.maxLeaseTTLSeconds)
        self.init(
            accessor: UUID128().text, created: now, updated: now,
            ttlSeconds: most > 0 ? min(seconds, most) : seconds, usesLeft: uses)
        boundCIDRs = try AddressBlocks(
            fields.stringList("cidr_list") ?? [], refusal: "failed to validate CIDR blocks")
        try boundCIDRs.requireWithin(
            role.secretIDBoundCIDRs.blocks, role.secretIDBoundCIDRs.texts)
        tokenBoundCIDRs = try AddressBlocks(
            fields.stringList("token_bound_cidrs") ?? [],
            refusal: "failed to validate token CIDR blocks")
        try tokenBoundCIDRs.requireWithin(
            role.token.boundCIDRs, role.token.boundCIDRs.map(\.text))
        metadata = try SecretIDMetadata.read(fields.value("metadata"))
    }

    /// 0 is no bound, and so is more than any other.
    private static func isWithin(_ wish: Int, _ bound: Int) -> Bool {
        bound == 0 || (wish > 0 && wish <= bound)
    }
}
