// `auth/token/create` and `create-orphan`.

internal import Clock
internal import JSON
internal import Paths

enum TokenCreate {
    static let fields: [Field] = [
        .string("id", "Token's text; needs root or sudo."),
        .string("display_name", "Shown in look-ups and in the audit log."),
        .stringList("policies", "Policies of the token; the parent's if left out."),
        .stringMap("meta", "Metadata, shown in look-ups and in the audit log."),
        .boolean("no_parent", "Make the token an orphan; needs root or sudo."),
        .boolean("no_default_policy", "Leave the policy \"default\" out."),
        .boolean("renewable", default: true, "Whether the token can be renewed."),
        .string("lease", "Old name of ttl."),
        .duration("ttl", "Lifetime."),
        .duration("explicit_max_ttl", "Lifetime that no renewal exceeds."),
        .duration("period", "Renewal period of a token without maximum; needs root or sudo."),
        .integer("num_uses", "How often the token can be used; 0 is without limit."),
        .string("type", "\"service\"."),
        .string("entity_alias", "Entity alias; needs a token role."),
    ]

    static let path = CorePath(
        "create", [.update: .suspending(createChild), .create: .suspending(createChild)],
        fields: fields, help: "Create a token, a child of the caller's.")

    static let orphanPath = CorePath(
        "create-orphan", [.update: .suspending(createOrphan)],
        fields: fields, help: "Create a token without a parent.")

    private static func createChild(
        _ call: CoreCall
    ) async throws(BackendFailure) -> BackendAnswer {
        try await create(call, isOrphan: false)
    }

    private static func createOrphan(
        _ call: CoreCall
    ) async throws(BackendFailure) -> BackendAnswer {
        try await create(call, isOrphan: true)
    }

    private static func create(
        _ call: CoreCall, isOrphan: Bool
    ) async throws(BackendFailure) -> BackendAnswer {
        let caller = try call.requireCaller()
        let parent = caller.token
        guard parent.entry.usesLeft == 0 else {
            throw BackendFailure(
                .invalidRequest, "restricted use token cannot generate child tokens")
        }
        let hasSudo =
            parent.entry.isRoot
            || caller.acl.access(
                to: isOrphan ? "auth/token/create-orphan" : "auth/token/create", operation: .update
            ).capabilities.contains(.sudo)
        let request = try wish(call, parent, hasSudo: hasSudo, isOrphan: isOrphan)
        let lifetimes = call.state.mounts.lifetimes(MountSettings())
        let issued = try await call.state.tokens.issue(
            request, parent: request.hasNoParent ? nil : parent,
            mountDefaultTTL: lifetimes.defaultTTL, mountMaxTTL: lifetimes.maxTTL,
            now: Timestamp.now.seconds)
        var answer = BackendAnswer(warnings: issued.warnings + unknownPolicies(request, call.state))
        answer.login = TokenPresentation.auth(
            issued.entry, secret: issued.secret, now: Timestamp.now.seconds)
        return answer
    }

    /// Reads the fields and checks what this caller may ask for, with Vault's texts.
    private static func wish(
        _ call: CoreCall, _ parent: StoredToken, hasSudo: Bool, isOrphan: Bool
    ) throws(BackendFailure) -> TokenRequest {
        let fields = call.fields
        func refuse(_ text: String) -> BackendFailure { BackendFailure(.invalidRequest, text) }
        var request = TokenRequest()
        request.path = isOrphan ? "auth/token/create-orphan" : "auth/token/create"

        switch fields.string("type") ?? "" {
        case "", "service", "default", "default-service": break
        case "batch", "default-batch":
            throw refuse("batch tokens are not available in this version")
        default: throw refuse("invalid 'type' value; must be 'batch' or 'service'")
        }
        if let alias = fields.string("entity_alias"), !alias.isEmpty {
            throw refuse("'entity_alias' is only allowed in combination with token role")
        }

        request.id = fields.string("id") ?? ""
        if !request.id.isEmpty {
            guard hasSudo else {
                throw refuse("root or sudo privileges required to specify token id")
            }
            try checkChosenID(request.id)
        }

        request.hasNoParent = isOrphan || fields.boolean("no_parent") ?? false
        if request.hasNoParent && !hasSudo {
            throw refuse("root or sudo privileges required to create orphan token")
        }

        request.hasNoDefaultPolicy = fields.boolean("no_default_policy") ?? false
        request.policies = try policies(
            asked: fields.stringList("policies") ?? [], parent, hasSudo: hasSudo,
            addsDefault: !request.hasNoDefaultPolicy)

        request.metadata = try metadata(fields)
        request.displayName = displayName(fields.string("display_name") ?? "")
        request.isRenewable = fields.boolean("renewable") ?? true
        request.ttlSeconds = try lifetime(fields, "ttl")
        if request.ttlSeconds == 0, let lease = fields.string("lease"), !lease.isEmpty {
            guard let seconds = DurationText.seconds(lease) else {
                throw refuse("invalid 'lease' value")
            }
            request.ttlSeconds = Int64(seconds)
        }
        request.explicitMaxTTLSeconds = try lifetime(fields, "explicit_max_ttl")
        request.periodSeconds = try lifetime(fields, "period")
        if request.periodSeconds > 0 && !hasSudo {
            throw refuse("root or sudo privileges required to create periodic token")
        }
        request.numberOfUses = Int64(fields.integer("num_uses") ?? 0)
        if request.numberOfUses < 0 { throw refuse("number of uses cannot be negative") }

        if request.policies.contains("root") {
            guard parent.entry.isRoot else {
                throw refuse("root tokens may not be created without parent token being root")
            }
            request.policies = ["root"]
            let neverExpires = request.ttlSeconds == 0 && request.periodSeconds == 0
            if parent.entry.expiresAt != 0 && neverExpires {
                throw refuse("expiring root tokens cannot create non-expiring root tokens")
            }
        }
        return request
    }

    private static func lifetime(
        _ fields: FieldValues, _ name: String
    ) throws(BackendFailure) -> Int64 {
        let seconds = Int64(fields.duration(name) ?? 0)
        guard seconds >= 0 else {
            throw BackendFailure(.invalidRequest, "\(name) must be positive")
        }
        return seconds
    }

    /// A chosen id must not look like one of ours, nor hide something in a log line.
    private static func checkChosenID(_ id: String) throws(BackendFailure) {
        for prefix in ["hvs.", "hvb.", "hvr.", "s.", "b.", "r."]
        where id.utf8.starts(with: prefix.utf8) {
            throw BackendFailure(
                .invalidRequest, "custom token ID cannot have the '\(prefix)' prefix")
        }
        guard id.utf8.count <= KernelLimits.clientTokenBytes,
            id.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), !id.utf8.contains(UInt8(ascii: "."))
        else {
            throw BackendFailure(
                .invalidRequest, "custom token ID must be printable ASCII without spaces or '.'")
        }
    }

    private static func policies(
        asked: [String], _ parent: StoredToken, hasSudo: Bool, addsDefault: Bool
    ) throws(BackendFailure) -> [String] {
        var names: Set<String> = []
        for name in asked {
            do { names.insert(try PolicyName(name).text) } catch {
                throw BackendFailure(.invalidRequest, error.message)
            }
        }
        guard names.count <= KernelLimits.policiesPerToken else {
            throw BackendFailure(.invalidRequest, "too many policies on one token")
        }
        if names.contains("response-wrapping") {
            throw BackendFailure(.invalidRequest, "cannot assign policy \"response-wrapping\"")
        }
        if names.isEmpty {
            names = Set(parent.entry.policies)
            if !addsDefault { names.remove("default") }
        } else if !hasSudo {
            // "default" is everybody's.
            guard names.subtracting(["default"]).isSubset(of: parent.entry.policies) else {
                throw BackendFailure(.invalidRequest, "child policies must be subset of parent")
            }
        }
        if addsDefault && names != ["root"] && !names.contains("root") {
            // A parent without "default" cannot hand it on, unless it may hand on anything.
            if hasSudo || parent.entry.policies.contains("default") { names.insert("default") }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    private static func metadata(_ fields: FieldValues) throws(BackendFailure) -> [String: String] {
        let pairs = fields.stringMap("meta") ?? []
        let metadata = Dictionary(pairs.map { ($0.key, $0.value) }) { _, last in last }
        guard metadata.count <= KernelLimits.tokenMetadataEntries,
            metadata.allSatisfy({
                $0.key.utf8.count <= KernelLimits.tokenMetadataBytes
                    && $0.value.utf8.count <= KernelLimits.tokenMetadataBytes
            })
        else { throw BackendFailure(.invalidRequest, "the token's metadata are too large") }
        return metadata
    }

    /// `token-<name>` with everything but letters, digits and hyphens made hyphens, as Vault does.
    private static func displayName(_ name: String) -> String {
        guard !name.isEmpty else { return "token" }
        var clean: [UInt8] = []
        for byte in name.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: clean.append(byte)
            default: if clean.last != UInt8(ascii: "-") { clean.append(UInt8(ascii: "-")) }
            }
        }
        while clean.last == UInt8(ascii: "-") { clean.removeLast() }
        return "token-" + String(decoding: clean.prefix(256), as: UTF8.self)
    }

    private static func unknownPolicies(_ request: TokenRequest, _ state: ActiveState) -> [String] {
        request.policies.filter { !state.policies.contains($0) }.map {
            "Policy \"\($0)\" does not exist"
        }
    }
}
