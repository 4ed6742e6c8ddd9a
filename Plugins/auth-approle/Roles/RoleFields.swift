// What a role says, as fields of paths and as an answer.

import JSON
import Paths
import PluginSDK

extension Field {
    static let roleName = Field.string("role_name", "Name of the role.")
    static let bindSecretID = Field.boolean(
        "bind_secret_id", "Whether a login needs a secret id; it does by default.")
    static let secretIDBoundCIDRs = Field.stringList(
        "secret_id_bound_cidrs", "CIDR blocks of addresses that may log in.")
    static let boundCIDRList = Field.stringList(
        "bound_cidr_list", "Use \"secret_id_bound_cidrs\" instead.")
    static let secretIDNumUses = Field.integer(
        "secret_id_num_uses", "How often a secret id can be used; 0 is any number.")
    static let secretIDTTL = Field.duration(
        "secret_id_ttl", "How long a secret id can be used; 0 is for ever.")
}

extension Role {
    static let olderTokenNames: [TokenParameter: String] = [
        .policies: "policies", .period: "period",
    ]

    mutating func takeSecretIDSettings(_ fields: FieldValues) throws(PluginError) {
        if let binds = fields.boolean("bind_secret_id") { bindsSecretID = binds }
        let list =
            fields.stringList("secret_id_bound_cidrs") ?? fields.stringList("bound_cidr_list")
        if let list {
            secretIDBoundCIDRs = try AddressBlocks(list, refusal: "failed to validate CIDR blocks")
        }
        if let uses = fields.integer("secret_id_num_uses") {
            guard uses >= 0 else {
                throw PluginError(.invalidRequest, "secret_id_num_uses cannot be negative")
            }
            secretIDNumUses = uses
        }
        if let seconds = fields.duration("secret_id_ttl") { secretIDTTLSeconds = seconds }
    }

    /// - Returns: warnings of what was taken for something else.
    @discardableResult
    mutating func takeTokenParameters(
        _ fields: FieldValues, _ mount: MountConfiguration
    ) throws(PluginError) -> [String] {
        try token.take(fields, olderNames: Self.olderTokenNames)
        try requirePeriodWithinMount(fields, mount)
        let meant: TokenTypeChoice
        switch token.type {
        case .defaultService: meant = .service
        case .defaultBatch: meant = .batch
        default: return []
        }
        let asked = token.type
        token.type = meant
        return ["\(asked.rawValue) has no useful meaning; adjusting to \(meant.rawValue)"]
    }

    private func requirePeriodWithinMount(
        _ fields: FieldValues, _ mount: MountConfiguration
    ) throws(PluginError) {
        // The newer name leaves it to the login, which caps the period.
        guard fields.isPresent("period"), let seconds = fields.duration("period") else { return }
        let most = mount.maxLeaseTTLSeconds
        if most > 0, UInt64(seconds) > most {
            throw PluginError(
                .invalidRequest,
                "period of \"\(DurationText.text(seconds: seconds))\" is greater than the "
                    + "backend's maximum lease TTL of "
                    + "\"\(DurationText.text(seconds: Int(clamping: most)))\"")
        }
    }

    func warnings(_ mount: MountConfiguration) -> [String] {
        guard mount.maxLeaseTTLSeconds > 0, token.maxTTLSeconds > mount.maxLeaseTTLSeconds else {
            return []
        }
        return [
            "token_max_ttl is greater than the backend mount's maximum TTL value; issued tokens' "
                + "max TTL value will be truncated"
        ]
    }

    var json: JSONValue {
        let own: [(String, JSONValue)] = [
            ("bind_secret_id", .bool(bindsSecretID)),
            ("secret_id_bound_cidrs", secretIDBoundCIDRs.json),
            ("secret_id_num_uses", .int(secretIDNumUses)),
            ("secret_id_ttl", .int(secretIDTTLSeconds)),
            ("local_secret_ids", .bool(hasLocalSecretIDs)),
        ]
        return .object(JSONObject(own + token.members(olderNames: Self.olderTokenNames)))
    }
}
