// Short forms for tests about policies.

import JSON
import Paths

@testable import Kernel

func policy(_ text: String, name: String = "test") throws -> Policy {
    try Policy.parse(name: PolicyName(name), text: text)
}

func acl(_ texts: String..., glob: GlobRule = .prefix) throws -> ACL {
    try ACL(policies: texts.map { try policy($0) }, glob: glob)
}

/// One rule with the given capabilities for each path.
func acl(rules: [(path: String, capabilities: String)], glob: GlobRule = .prefix) throws -> ACL {
    let texts = rules.map { rule in
        let names = rule.capabilities.split(separator: " ").map { "\"\($0)\"" }
        return "path \"\(rule.path)\" { capabilities = [\(names.joined(separator: ","))] }"
    }
    return try ACL(policies: [policy(texts.joined(separator: "\n"))], glob: glob)
}

func policyError(_ text: String) -> PolicyError? {
    do {
        _ = try policy(text)
        return nil
    } catch {
        return error as? PolicyError
    }
}

extension ACL {
    func verdict(
        _ operation: Operation, _ path: String, _ parameters: JSONValue? = nil, wrap: UInt64? = nil
    ) -> Verdict {
        authorise(
            operation: operation, path: path, parameters: parameters, wrapTTLSeconds: wrap)
    }

    func allows(
        _ operation: Operation, _ path: String, _ parameters: JSONValue? = nil, wrap: UInt64? = nil
    ) -> Bool {
        if case .allowed = verdict(operation, path, parameters, wrap: wrap) { return true }
        return false
    }
}

/// The same numbers for the same seed, so that a failure can be repeated.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
