// A policy: a name, the text as it was written, and the rules that were read from it.

public struct Policy: Sendable {
    public let name: PolicyName
    public let rules: [PathRule]
    /// The author's text, which is what `sys/policies/acl` gives back.
    public let raw: String
    /// Everything everywhere. A type of its own rather than rules, and rather than a name: no text
    /// makes one.
    let isRoot: Bool

    /// Whether a rule says something else for each entity.
    let isTemplated: Bool

    init(name: PolicyName, rules: [PathRule], raw: String, isRoot: Bool = false) {
        isTemplated = rules.contains(where: \.isTemplated)
        self.name = name
        self.rules = rules
        self.raw = raw
        self.isRoot = isRoot
    }

    /// Reads a policy in HCL, or JSON of the same shape.
    public static func parse(name: PolicyName, text: String) throws(PolicyError) -> Policy {
        guard name != .root else {
            throw PolicyError(.reservedName, "the root policy has no text")
        }
        var parser = PolicyParser()
        return Policy(name: name, rules: try parser.parse(text), raw: text)
    }
}
