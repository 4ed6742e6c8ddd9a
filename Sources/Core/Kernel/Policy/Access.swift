// What an ACL says about one path: the checks that are left once the rule has been found.

public import JSON
public import Paths

public struct Access: Sendable {
    let rule: MergedRule?
    public let isRoot: Bool

    public var capabilities: CapabilitySet {
        isRoot ? .everything : rule?.capabilities ?? []
    }

    /// Vault looks at parameters where they are stored or select something, not for delete and
    /// list.
    public func needsParameters(for operation: Operation) -> Bool {
        guard let rule, rule.concernsParameters else { return false }
        switch operation {
        case .create, .read, .update, .patch: return true
        default: return false
        }
    }

    public func verdict(
        operation: Operation, parameters: JSONValue?, wrapTTLSeconds: UInt64?
    ) -> Verdict {
        if isRoot { return .allowed(hasSudo: true) }
        let hasSudo = capabilities.contains(.sudo)
        guard let needed = operation.neededCapability else {
            return .allowed(hasSudo: hasSudo)
        }
        guard let rule else { return .denied(.noRule) }
        if rule.capabilities.contains(.deny) { return .denied(.explicitDeny) }
        guard rule.capabilities.isSuperset(of: needed) else { return .denied(.missingCapability) }
        if rule.hasConstraints {
            if !rule.constraints.allowWrapping(wrapTTLSeconds) { return .denied(.wrapping) }
            if needsParameters(for: operation),
                let reason = rule.constraints.objection(to: parameters)
            {
                return .denied(reason)
            }
        }
        return .allowed(hasSudo: hasSudo)
    }
}

extension RuleConstraints {
    fileprivate func allowWrapping(_ seconds: UInt64?) -> Bool {
        guard minWrappingTTL != nil || maxWrappingTTL != nil else { return true }
        guard let seconds else { return false }
        let ttl = Duration.seconds(Int64(clamping: seconds))
        // After a merge the maximum can be below the minimum; then nothing fits.
        return ttl >= minWrappingTTL ?? .zero && ttl <= maxWrappingTTL ?? ttl
    }

    /// Denied parameters count before allowed ones.
    fileprivate func objection(to parameters: JSONValue?) -> DenialReason? {
        var members: [(key: String, value: JSONValue)] = []
        if case .object(let object) = parameters { members = object.members }
        let names = members.map(\.key.lowercasedBytes)
        for required in requiredParameters {
            let key = required.lowercasedBytes
            // Engines know their parameters by the lower-case name only.
            guard members.contains(where: { $0.key.utf8.elementsEqual(key) }) else {
                return .requiredParameterMissing
            }
        }
        if members.isEmpty { return nil }
        if deniedParameters["*"] != nil { return .parameterDenied }
        for (name, member) in zip(names, members) {
            if let list = deniedParameters.values(for: name),
                ParameterMatch.isDenied(member.value, by: list)
            {
                return .parameterDenied
            }
        }
        if allowedParameters.isEmpty { return nil }
        let allowsOthers = allowedParameters["*"] != nil
        for (name, member) in zip(names, members) {
            let isAllowed =
                allowedParameters.values(for: name).map {
                    ParameterMatch.isAllowed(member.value, by: $0)
                } ?? allowsOthers
            if !isAllowed { return .parameterNotAllowed }
        }
        return nil
    }
}
