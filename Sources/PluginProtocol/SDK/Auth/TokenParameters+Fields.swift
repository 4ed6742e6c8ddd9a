// The parameters as fields of a path: declared, taken from a request, and checked.

public import Network
public import Paths

extension TokenParameters {
    /// Declares them. `olderNames` are names from before there was a common set, which a method
    /// still takes; the newer one counts where both are given.
    public static func fields(olderNames: [TokenParameter: String] = [:]) -> [Field] {
        TokenParameter.allCases.flatMap { parameter in
            let field = parameter.field
            guard let older = olderNames[parameter] else { return [field] }
            let help =
                "Use \"\(field.name)\" instead. If this and \"\(field.name)\" are both specified, "
                + "only \"\(field.name)\" will be used."
            return [field, Field(name: older, kind: field.kind, help: help)]
        }
    }

    /// Takes what the request says; what it does not name stays as it is. Where it throws nothing
    /// that it left behind is to be used.
    public mutating func take(
        _ fields: FieldValues, olderNames: [TokenParameter: String] = [:]
    ) throws(PluginError) {
        for parameter in TokenParameter.allCases {
            if fields.isPresent(parameter.rawValue) {
                try take(parameter, fields, parameter.rawValue)
                givenByOlderName.remove(parameter)
            } else if let older = olderNames[parameter], fields.isPresent(older) {
                try take(parameter, fields, older)
                givenByOlderName.insert(parameter)
            }
        }
        try check()
    }

    /// Back to what it is without anybody's wish.
    public mutating func reset(_ parameter: TokenParameter) {
        let fresh = TokenParameters()
        switch parameter {
        case .ttl: ttlSeconds = fresh.ttlSeconds
        case .maxTTL: maxTTLSeconds = fresh.maxTTLSeconds
        case .explicitMaxTTL: explicitMaxTTLSeconds = fresh.explicitMaxTTLSeconds
        case .period: periodSeconds = fresh.periodSeconds
        case .policies: policies = fresh.policies
        case .boundCIDRs: boundCIDRs = fresh.boundCIDRs
        case .numberOfUses: numberOfUses = fresh.numberOfUses
        case .excludesDefaultPolicy: excludesDefaultPolicy = fresh.excludesDefaultPolicy
        case .type: type = fresh.type
        }
        givenByOlderName.remove(parameter)
    }

    private mutating func take(
        _ parameter: TokenParameter, _ fields: FieldValues, _ name: String
    ) throws(PluginError) {
        switch parameter {
        case .ttl: ttlSeconds = fields.duration(name) ?? 0
        case .maxTTL: maxTTLSeconds = fields.duration(name) ?? 0
        case .explicitMaxTTL: explicitMaxTTLSeconds = fields.duration(name) ?? 0
        case .period: periodSeconds = fields.duration(name) ?? 0
        case .policies: policies = (fields.stringList(name) ?? []).filter { !$0.isEmpty }
        case .boundCIDRs:
            boundCIDRs = try [CIDRBlock](fields.stringList(name) ?? [], field: name)
        case .numberOfUses: numberOfUses = fields.integer(name) ?? 0
        case .excludesDefaultPolicy: excludesDefaultPolicy = fields.boolean(name) ?? false
        case .type:
            let text = fields.string(name) ?? ""
            guard let choice = text.isEmpty ? .default : TokenTypeChoice(rawValue: text) else {
                throw PluginError(.invalidRequest, "invalid 'token_type' value")
            }
            type = choice
        }
    }

    private func check() throws(PluginError) {
        func refuse(_ message: String) throws(PluginError) {
            throw PluginError(.invalidRequest, message)
        }
        if numberOfUses < 0 { try refuse("'token_num_uses' cannot be negative") }
        if numberOfUses > Int(Int32.max) { try refuse("'token_num_uses' is too large") }
        if type.isBatch, periodSeconds > 0 {
            try refuse(
                "'token_type' cannot be 'batch' or 'default_batch' when set to generate periodic "
                    + "tokens")
        }
        if type.isBatch, numberOfUses > 0 {
            try refuse(
                "'token_type' cannot be 'batch' or 'default_batch' when set to generate tokens "
                    + "with limited use count")
        }
        if maxTTLSeconds > 0, ttlSeconds > maxTTLSeconds {
            try refuse("'token_ttl' cannot be greater than 'token_max_ttl'")
        }
        if policies.count > Self.maxPolicies {
            try refuse("'token_policies' has more than \(Self.maxPolicies) values")
        }
    }
}

extension TokenParameter {
    var field: Field {
        switch self {
        case .ttl: .duration(rawValue, "How long a token lives when it is made or renewed.")
        case .maxTTL: .duration(rawValue, "How long a token can live with all its renewals.")
        case .policies: .stringList(rawValue, "The policies of the tokens.")
        case .boundCIDRs:
            .stringList(
                rawValue,
                "CIDR blocks of addresses that may log in, and that may use the token.")
        case .explicitMaxTTL:
            .duration(
                rawValue,
                "How long a token can live, fixed when it is made; this ends periodic tokens too.")
        case .excludesDefaultPolicy:
            .boolean(rawValue, "Whether the tokens go without the policy \"default\".")
        case .numberOfUses: .integer(rawValue, "How often a token can be used; 0 is any number.")
        case .period:
            .duration(
                rawValue, "The lifetime that each renewal gives; such a token can live for ever.")
        case .type:
            .string(
                rawValue,
                "The kind of token: service, batch, or default for what the mount is set to.")
        }
    }
}

extension [CIDRBlock] {
    /// Reads a field's list; the failure names the field and repeats nothing.
    public init(_ texts: [String], field: String) throws(PluginError) {
        guard texts.count <= TokenParameters.maxBoundCIDRs else {
            throw PluginError(.invalidRequest, "too many values in \(field)")
        }
        self = []
        for text in texts where !text.isEmpty {
            guard let block = CIDRBlock(text) else {
                throw PluginError(
                    .invalidRequest,
                    "error parsing \(field): a value is neither an IP address nor a CIDR block")
            }
            append(block)
        }
    }
}
