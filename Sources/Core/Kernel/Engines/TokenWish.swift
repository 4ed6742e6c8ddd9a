// What a client asks for when it creates a token, checked against who asks and with which role.

internal import Paths

/// A request for a token that was allowed; the refusals have Vault's texts.
struct TokenWish: Sendable {
    var request = TokenRequest()
    /// `nil` makes an orphan.
    let parent: ParentToken?
    /// The entity alias that the token is to belong to.
    let entityAlias: String?

    init(
        _ fields: FieldValues, caller: Caller, path: String, isOrphan: Bool, role: TokenRole?
    ) throws(BackendFailure) {
        let creator = caller.token.entry
        if creator.isBatch { throw Self.refusal("batch tokens cannot create more tokens") }
        // It could escape its count by what it makes.
        guard creator.usesLeft == 0 else {
            throw Self.refusal("restricted use token cannot generate child tokens")
        }
        let hasSudo =
            caller.acl.isRoot
            || caller.access(to: path, operation: .update).capabilities.contains(.sudo)

        entityAlias = try Self.alias(fields, role)
        request.kind = try Self.kind(fields, role)
        request.path = path
        if let suffix = role?.pathSuffix, !suffix.isEmpty { request.path += "/" + suffix }
        request.role = role?.name ?? ""
        request.id = try Self.id(fields, request.kind, hasSudo: hasSudo)

        let noParent = fields.boolean("no_parent") ?? false
        if noParent, role == nil, !isOrphan, !hasSudo {
            throw Self.refusal("root or sudo privileges required to create orphan token")
        }
        let makesOrphan = role.map(\.makesOrphans) ?? (isOrphan || noParent)
        parent =
            makesOrphan ? nil : ParentToken(token: caller.token, home: caller.home.tokens)

        let isFromElsewhere = caller.home !== caller.state
        let handedOn = isFromElsewhere ? [PolicyName.default.text] : creator.policies
        var rules = TokenPolicyRules(
            asked: try PolicyList(fields.stringList("policies") ?? []),
            parent: PolicyList(checked: handedOn), role: role, hasSudo: hasSudo,
            excludesDefault: fields.boolean("no_default_policy") ?? false)
        rules.isInRoot = caller.state.namespace.isRoot
        request.policies = try rules.decide().sorted
        request.metadata = try Self.metadata(fields)
        request.displayName = Self.displayName(fields.string("display_name") ?? "")
        request.isRenewable = (fields.boolean("renewable") ?? true) && role?.isRenewable ?? true
        if !makesOrphan {
            // An entity is known in its own namespace only.
            if !isFromElsewhere { request.entityID = creator.entityID }
            // A token that is bound to some networks cannot shake that off by having children. A
            // role decides for itself: it may give more than the caller has.
            if role == nil { request.boundCIDRs = creator.boundCIDRs }
        }
        if let role { request.boundCIDRs = role.boundCIDRs }
        try readLifetimes(fields, role, hasSudo: hasSudo)
        try refuseImpossible(creator)
    }

    private static func refusal(_ text: String) -> BackendFailure {
        BackendFailure(.invalidRequest, text)
    }

    // MARK: Kind and identity

    private static func kind(
        _ fields: FieldValues, _ role: TokenRole?
    ) throws(BackendFailure) -> TokenKind {
        let asked: TokenKind? =
            switch fields.string("type") ?? "" {
            case "", "default": nil
            case "service", "default-service": .service
            case "batch", "default-batch": .batch
            default: throw refusal("invalid 'type' value; must be 'batch' or 'service'")
            }
        return (role?.tokenKind ?? .defaultService).kind(asked: asked)
    }

    private static func alias(
        _ fields: FieldValues, _ role: TokenRole?
    ) throws(BackendFailure) -> String? {
        guard let alias = fields.string("entity_alias"), !alias.isEmpty else { return nil }
        guard let role else {
            throw refusal("'entity_alias' is only allowed in combination with token role")
        }
        guard role.allows(alias: alias) else { throw refusal("invalid 'entity_alias' value") }
        return alias
    }

    private static func id(
        _ fields: FieldValues, _ kind: TokenKind, hasSudo: Bool
    ) throws(BackendFailure) -> String {
        guard let id = fields.string("id"), !id.isEmpty else { return "" }
        guard hasSudo else { throw refusal("root or sudo privileges required to specify token id") }
        if kind == .batch { throw refusal("batch token cannot have \"id\" set") }
        // A chosen id must not look like one of ours, nor hide something in a log line.
        for prefix in ["hvs.", "hvb.", "hvr.", "s.", "b.", "r."]
        where id.utf8.starts(with: prefix.utf8) {
            throw refusal("custom token ID cannot have the '\(prefix)' prefix")
        }
        guard id.utf8.count <= KernelLimits.clientTokenBytes,
            id.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), !id.utf8.contains(UInt8(ascii: "."))
        else {
            throw refusal("custom token ID must be printable ASCII without spaces or '.'")
        }
        return id
    }

    private static func metadata(_ fields: FieldValues) throws(BackendFailure) -> [String: String] {
        let pairs = fields.stringMap("meta") ?? []
        return try TokenMetadata.checked(pairs.map { ($0.key, $0.value) })
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

    // MARK: Lifetimes

    /// Of what the request and the role say, the lesser counts.
    private mutating func readLifetimes(
        _ fields: FieldValues, _ role: TokenRole?, hasSudo: Bool
    ) throws(BackendFailure) {
        request.ttlSeconds = Int64(fields.duration("ttl") ?? 0)
        if request.ttlSeconds == 0, let lease = fields.string("lease"), !lease.isEmpty {
            guard let seconds = DurationText.seconds(lease), seconds >= 0 else {
                throw Self.refusal("invalid 'lease' value")
            }
            request.ttlSeconds = Int64(seconds)
        }
        request.explicitMaxTTLSeconds = Int64(fields.duration("explicit_max_ttl") ?? 0)
        request.periodSeconds = Int64(fields.duration("period") ?? 0)
        request.numberOfUses = Int64(fields.integer("num_uses") ?? 0)
        if request.kind == .batch { try refuseForBatch() }
        if request.periodSeconds > 0, !hasSudo {
            throw Self.refusal("root or sudo privileges required to create periodic token")
        }
        if request.numberOfUses < 0 { throw Self.refusal("number of uses cannot be negative") }
        guard let role else { return }
        if request.kind == .batch {
            // Uses of a batch token cannot be counted, and the role's limit must not be lost.
            guard role.numberOfUses == 0 else {
                throw Self.refusal("batch tokens cannot be made by a role that limits their uses")
            }
            request.maxTTLSeconds = role.explicitMaxTTLSeconds
            return
        }
        request.explicitMaxTTLSeconds = Self.lesser(
            request.explicitMaxTTLSeconds, role.explicitMaxTTLSeconds)
        request.periodSeconds = Self.lesser(request.periodSeconds, role.periodSeconds)
        request.numberOfUses = Self.lesser(request.numberOfUses, role.numberOfUses)
    }

    /// What a token that is not stored cannot have.
    private func refuseForBatch() throws(BackendFailure) {
        let problem: String? =
            if request.explicitMaxTTLSeconds != 0 {
                "explicit_max_ttl"
            } else if request.numberOfUses != 0 {
                "num_uses"
            } else if request.periodSeconds != 0 {
                "period"
            } else {
                nil
            }
        if let problem { throw Self.refusal("batch token cannot have \"\(problem)\" set") }
    }

    /// The lesser of two bounds of which 0 is none.
    private static func lesser(_ left: Int64, _ right: Int64) -> Int64 {
        left == 0 ? right : right == 0 ? left : min(left, right)
    }

    private func refuseImpossible(_ creator: TokenEntry) throws(BackendFailure) {
        guard request.policies == [PolicyName.root.text] else { return }
        if request.kind == .batch {
            // It could not be revoked.
            throw Self.refusal("batch tokens cannot be root tokens")
        }
        let neverExpires =
            request.ttlSeconds == 0 && request.periodSeconds == 0
            && request.explicitMaxTTLSeconds == 0
        if creator.expiresAt != 0 && neverExpires {
            throw Self.refusal("expiring root tokens cannot create non-expiring root tokens")
        }
    }
}

/// A token's metadata within their bounds.
enum TokenMetadata {
    static func checked(
        _ pairs: [(name: String, value: String)]
    ) throws(BackendFailure) -> [String: String] {
        let metadata = Dictionary(pairs.map { ($0.name, $0.value) }) { _, last in last }
        guard metadata.count <= KernelLimits.tokenMetadataEntries,
            metadata.allSatisfy({
                $0.key.utf8.count <= KernelLimits.tokenMetadataBytes
                    && $0.value.utf8.count <= KernelLimits.tokenMetadataBytes
            })
        else { throw BackendFailure(.invalidRequest, "the token's metadata are too large") }
        return metadata
    }
}
