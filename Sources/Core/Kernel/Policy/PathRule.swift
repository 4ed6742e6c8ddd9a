// One path block of a policy.

public import HCL

public struct PathRule: Sendable, Equatable {
    /// As it was written, without the leading slash.
    public let path: String
    public let capabilities: CapabilitySet
    public let constraints: RuleConstraints
    /// The names between `{{` and `}}` in the path.
    public let templateParameters: [String]
    public let position: HCLPosition

    /// A path with `{{identity…}}` in it stands for as many paths as there are entities. For a
    /// token without an entity, or an entity without the value, such a rule is about no path.
    public var isTemplated: Bool { !templateParameters.isEmpty }

    /// The rule with its path filled in.
    func filled(_ path: String) -> PathRule {
        PathRule(
            path: path, capabilities: capabilities, constraints: constraints,
            templateParameters: [], position: position)
    }
}

/// What a rule demands beside the capability.
public struct RuleConstraints: Sendable, Equatable {
    /// Lower-case parameter names; an empty list allows any value; "*" stands for every other name.
    public var allowedParameters: ParameterValues = [:]
    /// Lower-case parameter names; an empty list denies any value; "*" denies every parameter.
    public var deniedParameters: ParameterValues = [:]
    public var requiredParameters: [String] = []
    public var minWrappingTTL: Duration?
    public var maxWrappingTTL: Duration?

    public static let none = RuleConstraints()

    public var isEmpty: Bool { self == .none }

    /// Whether the request's parameters have to be looked at.
    public var concernsParameters: Bool {
        !allowedParameters.isEmpty || !deniedParameters.isEmpty || !requiredParameters.isEmpty
    }
}
