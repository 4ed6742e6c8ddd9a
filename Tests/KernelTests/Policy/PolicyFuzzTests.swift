// Whatever somebody writes as a policy, there is an error or an ACL that answers.

import JSON
import Paths
import Testing

@testable import Kernel

@Suite("Policies under broken input")
struct PolicyFuzzTests {
    private static let pieces = [
        "path", "\"a/+/b*\"", "\"*\"", "\"{{identity.entity.id}}\"", "{", "}", "[", "]", "=", ",",
        "\n",
        "capabilities", "\"read\"", "\"deny\"", "\"sudo\"", "policy", "allowed_parameters", "\"a\"",
        "5", "-1",
        "min_wrapping_ttl", "\"1h\"", "name", "true", "{{", "}}", "\"/\"", "\"+\"", "\"\"", "1e400",
        "0x",
    ]
    private static let whole =
        #"path "a/+/b*" { capabilities = ["read"] allowed_parameters = { "a" = [5, "x*"] } } "#

    @Test("texts put together from a policy's own words are answered", arguments: 0..<4)
    func pieces(_ part: Int) throws {
        var generator = SeededGenerator(state: UInt64(part))
        for _ in 0..<2_000 {
            var words = (0..<Int.random(in: 0...24, using: &generator)).map { _ in
                Self.pieces.randomElement(using: &generator) ?? ""
            }
            if part.isMultiple(of: 2) { words.insert(Self.whole, at: 0) }
            guard let policy = try? policy(words.joined(separator: " ")) else { continue }
            for glob in GlobRule.allCases {
                let acl = ACL(policies: [policy, .default], glob: glob)
                for path in ["", "/", "a", "a/x/by", "a//b", "+", "*", "\u{301}/"] {
                    for operation in Operation.allCases {
                        let verdict = acl.verdict(operation, path, ["a": 5], wrap: 60)
                        let isAllowed = if case .allowed = verdict { true } else { false }
                        // Nothing but help is allowed where nothing is granted.
                        let access = acl.access(to: path, operation: operation)
                        #expect(
                            !isAllowed || operation == .help || access.capabilities.grantsSomething)
                    }
                    _ = acl.hasAccess(below: path)
                }
            }
        }
    }
}
