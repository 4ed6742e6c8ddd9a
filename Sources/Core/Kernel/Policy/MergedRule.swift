// What all policies of an ACL together say about one path.

public final class MergedRule: Sendable {
    public let path: String
    public let capabilities: CapabilitySet
    public let constraints: RuleConstraints
    /// Which policy brought which capabilities.
    public let sources: [(policy: PolicyName, capabilities: CapabilitySet)]
    /// The names of `sources`, in their order.
    private let sourceNames: [String]
    let hasConstraints: Bool
    let concernsParameters: Bool

    init(_ draft: MergedRuleDraft) {
        path = draft.path
        capabilities = draft.capabilities
        constraints = draft.constraints
        sources = draft.sources
        sourceNames = draft.sources.map(\.policy.text)
        hasConstraints = !draft.constraints.isEmpty
        concernsParameters = draft.constraints.concernsParameters
    }

    /// The policies that bring a capability. Each request is asked about while there are audit
    /// devices, so a list is only made where not all of them do.
    func policies(granting needed: CapabilitySet) -> [String] {
        guard capabilities.isSuperset(of: needed) else { return [] }
        if sources.allSatisfy({ $0.capabilities.isSuperset(of: needed) }) { return sourceNames }
        return sources.filter { $0.capabilities.isSuperset(of: needed) }.map(\.policy.text)
    }
}

struct MergedRuleDraft {
    let path: String
    var capabilities: CapabilitySet
    var constraints: RuleConstraints
    var sources: [(policy: PolicyName, capabilities: CapabilitySet)]

    init(_ rule: PathRule, of policy: PolicyName) {
        path = rule.path
        capabilities = rule.capabilities
        constraints = rule.capabilities.contains(.deny) ? .none : rule.constraints
        sources = [(policy, rule.capabilities)]
    }

    /// A rule that more is to be merged into.
    init(_ rule: MergedRule) {
        path = rule.path
        capabilities = rule.capabilities
        constraints = rule.constraints
        sources = rule.sources
    }

    /// Capabilities add up, a deny ends everything else, and constraints are joined: a rule without
    /// any does not lift those of another, because Vault's does not.
    mutating func merge(_ rule: PathRule, of policy: PolicyName) {
        sources.append((policy, rule.capabilities))
        capabilities = capabilities.merging(rule.capabilities)
        if capabilities.contains(.deny) {
            constraints = .none
        } else {
            constraints.merge(rule.constraints)
        }
    }
}

extension RuleConstraints {
    /// The lower of two limits counts, for the minimum too: short lives are what policies are
    /// after.
    mutating func merge(_ other: RuleConstraints) {
        minWrappingTTL = Self.lower(minWrappingTTL, other.minWrappingTTL)
        maxWrappingTTL = Self.lower(maxWrappingTTL, other.maxWrappingTTL)
        allowedParameters.merge(other.allowedParameters)
        deniedParameters.merge(other.deniedParameters)
        for name in other.requiredParameters {
            let key = name.lowercasedBytes
            if !requiredParameters.contains(where: { $0.lowercasedBytes == key }) {
                requiredParameters.append(name)
            }
        }
    }

    private static func lower(_ one: Duration?, _ other: Duration?) -> Duration? {
        guard let one, let other else { return one ?? other }
        return min(one, other)
    }
}
