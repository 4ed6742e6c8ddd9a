// `auth/token/roles`: rules for making tokens, kept under a name.

internal import JSON
internal import Network
internal import Paths

enum TokenRoles {
    private static let fields: [Field] = [
        .stringList(
            "allowed_policies", "Policies that tokens may have, whatever the caller's are."),
        .stringList("allowed_policies_glob", "The same, with * for any text."),
        .stringList("disallowed_policies", "Policies that tokens may not have."),
        .stringList("disallowed_policies_glob", "The same, with * for any text."),
        .boolean("orphan", "Tokens have no parent."),
        .boolean("renewable", "Tokens can be renewed."),
        .string("path_suffix", "Added to the path that tokens say they were made at."),
        .stringList("allowed_entity_aliases", "Entity aliases that tokens may be made for."),
        .string("token_type", "Kind of the tokens."),
        .stringList("token_bound_cidrs", "Where tokens may be used from."),
        .integer("token_num_uses", "How often a token can be used; 0 is without limit."),
        .duration("token_period", "Renewal period of tokens without maximum."),
        .duration("token_explicit_max_ttl", "Lifetime that no renewal exceeds."),
        .boolean("token_no_default_policy", "Leave the policy \"default\" out."),
        .stringList("bound_cidrs", "Old name of token_bound_cidrs."),
        .duration("period", "Old name of token_period."),
        .duration("explicit_max_ttl", "Old name of token_explicit_max_ttl."),
    ]

    static let listPath = CorePath(
        "roles/?", [.list: .immediate(list)], help: "List the token roles.")

    static let path = CorePath(
        "roles/:role_name",
        [
            .read: .immediate(read), .update: .suspending(write), .create: .suspending(write),
            .delete: .suspending(delete),
        ], fields: fields, help: "Read, write or delete a token role.")

    private static func list(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        let names = try call.state.tokenRoles.names()
        if names.isEmpty { return BackendAnswer() }
        return BackendAnswer(data: JSONValue.object(["keys": .strings(names)]).encoded())
    }

    private static func read(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        guard let role = try call.state.tokenRoles.find(call.name("role_name")) else {
            return BackendAnswer()
        }
        var data = JSONObject([
            ("allowed_entity_aliases", .strings(role.allowedEntityAliases)),
            ("allowed_policies", .strings(role.allowedPolicies)),
            ("allowed_policies_glob", .strings(role.allowedPoliciesGlob)),
            ("disallowed_policies", .strings(role.disallowedPolicies)),
            ("disallowed_policies_glob", .strings(role.disallowedPoliciesGlob)),
            ("explicit_max_ttl", .int(Int(role.explicitMaxTTLSeconds))),
            ("name", .string(role.name)),
            ("orphan", .bool(role.makesOrphans)),
            ("path_suffix", .string(role.pathSuffix)),
            ("period", .int(Int(role.periodSeconds))),
            ("renewable", .bool(role.isRenewable)),
            ("token_explicit_max_ttl", .int(Int(role.explicitMaxTTLSeconds))),
            ("token_no_default_policy", .bool(role.excludesDefaultPolicy)),
            ("token_period", .int(Int(role.periodSeconds))),
            ("token_type", .string(role.tokenKind.rawValue)),
        ])
        if !role.boundCIDRs.isEmpty {
            let blocks = JSONValue.strings(role.boundCIDRs.map(\.text))
            data["bound_cidrs"] = blocks
            data["token_bound_cidrs"] = blocks
        }
        if role.numberOfUses > 0 { data["token_num_uses"] = .int(Int(role.numberOfUses)) }
        return BackendAnswer(data: JSONValue.object(data).encoded())
    }

    private static func delete(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        try await call.state.tokenRoles.delete(call.name("role_name"))
        return BackendAnswer()
    }

    // MARK: Writing

    private static func write(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        let name = call.name("role_name")
        guard name.utf8.count <= KernelLimits.tokenRoleNameBytes else {
            throw BackendFailure(.invalidRequest, "role name is too long")
        }
        let fields = call.fields
        let role = try await call.state.tokenRoles.change(name) { role throws(BackendFailure) in
            try change(&role, fields)
            try refuseImpossible(role)
        }
        var answer = BackendAnswer()
        let cap = call.state.tokenLifetimes.maxTTL
        if role.explicitMaxTTLSeconds > cap {
            answer.warnings.append(
                "Given explicit max TTL of \(role.explicitMaxTTLSeconds) is greater than "
                    + "system/mount allowed value of \(cap) seconds; tokens of this role live no "
                    + "longer than that")
        }
        return answer
    }

    /// Changes what the fields name and leaves the rest.
    private static func change(
        _ role: inout TokenRole, _ fields: FieldValues
    ) throws(BackendFailure) {
        func given(_ name: String) -> Bool { fields.isPresent(name) }
        /// A field under its own name, else under its old one.
        func either(_ name: String, _ old: String) -> String? {
            given(name) ? name : given(old) ? old : nil
        }
        if let names = try policies(fields, "allowed_policies") { role.allowedPolicies = names }
        if let names = try policies(fields, "disallowed_policies") {
            role.disallowedPolicies = names
        }
        if let globs = lowered(fields, "allowed_policies_glob") { role.allowedPoliciesGlob = globs }
        if let globs = lowered(fields, "disallowed_policies_glob") {
            role.disallowedPoliciesGlob = globs
        }
        if let aliases = lowered(fields, "allowed_entity_aliases") {
            role.allowedEntityAliases = aliases
        }
        if given("orphan") { role.makesOrphans = fields.boolean("orphan") ?? false }
        if given("renewable") { role.isRenewable = fields.boolean("renewable") ?? true }
        if given("path_suffix") { role.pathSuffix = try suffix(fields.string("path_suffix") ?? "") }
        if given("token_type") {
            let text = fields.string("token_type") ?? ""
            guard let kind = TokenKindRule(rawValue: text) else {
                throw BackendFailure(.invalidRequest, "invalid 'token_type' value")
            }
            role.tokenKind = kind
        }
        if let name = either("token_bound_cidrs", "bound_cidrs") {
            role.boundCIDRs = try [CIDRBlock](parsing: fields.stringList(name) ?? [], field: name)
        }
        if given("token_num_uses") {
            role.numberOfUses = Int64(fields.integer("token_num_uses") ?? 0)
        }
        if let name = either("token_period", "period") {
            role.periodSeconds = Int64(fields.duration(name) ?? 0)
        }
        if let name = either("token_explicit_max_ttl", "explicit_max_ttl") {
            role.explicitMaxTTLSeconds = Int64(fields.duration(name) ?? 0)
        }
        if given("token_no_default_policy") {
            role.excludesDefaultPolicy = fields.boolean("token_no_default_policy") ?? false
        }
    }

    private static func policies(
        _ fields: FieldValues, _ name: String
    ) throws(BackendFailure) -> [String]? {
        guard fields.isPresent(name) else { return nil }
        return try PolicyList(fields.stringList(name) ?? []).sorted
    }

    private static func lowered(_ fields: FieldValues, _ name: String) -> [String]? {
        guard fields.isPresent(name) else { return nil }
        var seen: Set<[UInt8]> = []
        return (fields.stringList(name) ?? []).map { $0.lowercased() }.filter {
            !$0.isEmpty && seen.insert(Array($0.utf8)).inserted
        }
    }

    /// Letters, digits, `_`, `-`, `.` and slashes inside; nothing that climbs up.
    private static func suffix(_ text: String) throws(BackendFailure) -> String {
        let isWord: (UInt8) -> Bool = { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"): true
            default: false
            }
        }
        let bytes = Array(text.utf8)
        let isAllowed = bytes.allSatisfy {
            isWord($0) || [UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "/")].contains($0)
        }
        guard bytes.isEmpty || (isAllowed && isWord(bytes[0]) && isWord(bytes[bytes.count - 1]))
        else {
            throw BackendFailure(
                .invalidRequest,
                "given role path suffix contains invalid characters; must match "
                    + #"\w[\w-.]+\w, with slashes between"#)
        }
        guard !text.contains(".."), !text.contains("//") else {
            throw BackendFailure(
                .invalidRequest,
                "error registering path suffix: path cannot contain parent references")
        }
        return text
    }

    private static func refuseImpossible(_ role: TokenRole) throws(BackendFailure) {
        if role.numberOfUses < 0 {
            throw BackendFailure(.invalidRequest, "'token_num_uses' cannot be negative")
        }
        guard role.tokenKind == .batch else { return }
        let problem: String? =
            if !role.makesOrphans {
                "non-orphan tokens"
            } else if role.periodSeconds != 0 {
                "periodic tokens"
            } else if role.isRenewable {
                "renewable tokens"
            } else if role.explicitMaxTTLSeconds != 0 {
                "tokens with an explicit max TTL"
            } else if role.numberOfUses != 0 {
                "tokens with limited use count"
            } else {
                nil
            }
        if let problem {
            throw BackendFailure(
                .invalidRequest,
                "'token_type' cannot be 'batch' when role is set to generate \(problem)")
        }
    }
}
