// The parameters in answers: as reads show them, as a login's grant, and at a renewal.

public import JSON
import Network
import Paths
public import Wire

extension TokenParameters {
    /// The members of a read's answer.
    public func members(
        olderNames: [TokenParameter: String] = [:]
    ) -> [(String, JSONValue)] {
        TokenParameter.allCases.flatMap { parameter in
            let member = (parameter.rawValue, value(of: parameter))
            guard givenByOlderName.contains(parameter), let older = olderNames[parameter] else {
                return [member]
            }
            return [member, (older, member.1)]
        }
    }

    public func value(of parameter: TokenParameter) -> JSONValue {
        switch parameter {
        case .ttl: .int(ttlSeconds)
        case .maxTTL: .int(maxTTLSeconds)
        case .explicitMaxTTL: .int(explicitMaxTTLSeconds)
        case .period: .int(periodSeconds)
        case .policies: .strings(policies)
        case .boundCIDRs: .strings(boundCIDRs.map(\.text))
        case .numberOfUses: .int(numberOfUses)
        case .excludesDefaultPolicy: .bool(excludesDefaultPolicy)
        case .type: .string(type.rawValue)
        }
    }

    /// The token that a login makes. Throws where the client's address may not log in.
    ///
    /// - Parameters:
    ///   - aliasName: who it is at this mount; the token's entity goes by it.
    ///   - metadata: shown with the token and in the audit log, in plain.
    ///   - internalData: comes back when the token is renewed, as `Request.internalData`.
    public func grant(
        for request: Request, aliasName: String, displayName: String = "",
        metadata: [TextPair] = [], aliasMetadata: [TextPair] = [], groupAliases: [String] = [],
        internalData: JSONValue? = nil
    ) throws(PluginError) -> AuthGrant {
        guard boundCIDRs.admit(request.remoteAddress) else {
            throw PluginError(.permissionDenied, "permission denied")
        }
        guard !policies.contains(where: { $0.lowercased().utf8.elementsEqual("root".utf8) }) else {
            throw PluginError(.invalidRequest, "auth methods cannot create root tokens")
        }
        return AuthGrant(
            policies: policies, displayName: displayName, metadata: metadata,
            ttlSeconds: Self.granted(ttlSeconds), maxTTLSeconds: Self.granted(maxTTLSeconds),
            periodSeconds: Self.granted(periodSeconds),
            explicitMaxTTLSeconds: Self.granted(explicitMaxTTLSeconds), aliasName: aliasName,
            aliasMetadata: aliasMetadata, numUses: UInt32(clamping: numberOfUses),
            boundCIDRs: boundCIDRs.map(\.text), tokenType: type.granted,
            noDefaultPolicy: excludesDefaultPolicy, internalData: internalData?.encoded() ?? [],
            groupAliases: groupAliases)
    }

    /// Agrees to the renewal of a token, with the lifetimes as they are now.
    public func renewal(groupAliases: [String] = []) -> Answer {
        .auth(
            AuthGrant(
                policies: [], ttlSeconds: Self.granted(ttlSeconds),
                maxTTLSeconds: Self.granted(maxTTLSeconds),
                periodSeconds: Self.granted(periodSeconds),
                explicitMaxTTLSeconds: Self.granted(explicitMaxTTLSeconds),
                groupAliases: groupAliases))
    }

    /// Whether the token that is to be renewed has the policies that a login would give it now.
    public func hasPolicies(ofRenewal request: Request) throws(PluginError) -> Bool {
        let given = try request.body()?["policies"]?.arrayValue?.compactMap(\.stringValue) ?? []
        return Self.compared(given) == Self.compared(policies)
    }

    /// `default` comes to a token without being asked for.
    private static func compared(_ policies: [String]) -> Set<String> {
        Set(policies.map { $0.lowercased() }).subtracting(["default"])
    }

    /// The core takes no lifetime beyond a hundred years; the mount's maximum is far below.
    private static func granted(_ seconds: Int) -> UInt64 {
        UInt64(clamping: min(seconds, 100 * 365 * 24 * 3600))
    }
}

extension TokenTypeChoice {
    fileprivate var granted: TokenType {
        switch self {
        case .default: .mountDefault
        case .service, .defaultService: .service
        case .batch, .defaultBatch: .batch
        }
    }
}
