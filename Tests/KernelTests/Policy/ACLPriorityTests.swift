// Which rule counts when several match.

import Paths
import Testing

@testable import Kernel

@Suite("Which rule counts")
struct ACLPriorityTests {
    /// Each rule grants one capability of its own, so that the answer names the rule.
    private func winner(_ paths: [String], for path: String, glob: GlobRule = .prefix) throws
        -> String?
    {
        let marks = ["create", "read", "update", "patch", "delete", "list", "sudo"]
        // In whatever order the rules were written.
        var answers: Set<String?> = []
        for order in [paths, paths.reversed()] {
            let rules = order.enumerated().map { (path: $1, capabilities: marks[$0]) }
            let names = try acl(rules: rules, glob: glob).allowed(path: path).names
            answers.insert(
                names == ["deny"] ? nil : rules.first { $0.capabilities == names.first }?.path)
        }
        #expect(answers.count == 1, "the order of the rules must not matter")
        return answers.first ?? nil
    }

    @Test(
        "the most specific rule wins by the documented questions",
        arguments: [
            // An exact path beats everything.
            (["secret/foo", "secret/foo*", "secret/+", "*"], "secret/foo", "secret/foo"),
            // The longest prefix.
            (
                ["secret/*", "secret/foo/*", "secret/foo/bar*", "*"], "secret/foo/barn",
                "secret/foo/bar*"
            ),
            (
                ["secret/*", "secret/foo/*", "secret/foo/bar*", "*"], "secret/foo/ba",
                "secret/foo/*"
            ),
            (["secret/*", "secret/foo/*", "secret/foo/bar*", "*"], "secre", "*"),
            // 1. The first wildcard that comes later.
            (["foo/a*", "foo/+"], "foo/abc", "foo/a*"),
            (["foo/bar/+/baz", "foo/+/bar/baz"], "foo/bar/bar/baz", "foo/bar/+/baz"),
            (["+/b", "a/*"], "a/b", "a/*"),
            // 2. No glob at the end.
            (["foo/*", "foo/+"], "foo/bar", "foo/+"),
            (["foo/+/ba*", "foo/+/bar"], "foo/x/bar", "foo/+/bar"),
            // 3. Fewer wildcard segments.
            (["foo/+/+/baz", "foo/+/bar/baz"], "foo/x/bar/baz", "foo/+/bar/baz"),
            (["secret/*", "secret/+/+/foo/*"], "secret/a/b/foo/c", "secret/*"),
            // 4. The longer one.
            (["foo/+/bar/ba*", "foo/+/bar/b*"], "foo/x/bar/baz", "foo/+/bar/ba*"),
        ])
    func priority(_ rules: [String], _ path: String, _ expected: String) throws {
        #expect(try winner(rules, for: path) == expected)
    }

    @Test(
        "wildcards match what they say",
        arguments: [
            ("secret/foo", "secret/foo", true), ("secret/foo", "secret/food", false),
            ("secret/foo", "secret/foo/bar", false), ("secret/foo", "secret/Foo", false),
            ("secret/bar/*", "secret/bar/zip/zap", true),
            ("secret/bar/*", "secret/bars/zip", false),
            ("secret/bar/*", "secret/bar", false), ("secret/bar/*", "secret/bar/", true),
            ("secret/zip-*", "secret/zip-zap/zong", true),
            ("secret/zip-*", "secret/zip/zap", false),
            ("*", "anything/at/all", true), ("", "x", false),
            ("secret/+/teamb", "secret/foo/teamb", true),
            ("secret/+/teamb", "secret/foo/bar/teamb", false),
            ("secret/+/teamb", "secret/teamb", false),
            ("secret/+/+/teamb", "secret/a/b/teamb", true),
            ("+", "top", true), ("+", "top/sub", false), ("+/a", "x/a", true),
            ("secret/+", "secret/a", true),
            ("secret/+", "secret/a/", false), ("secret/+/*", "secret/a", false),
            ("secret/+/*", "secret/a/b/c", true), ("secret/+/a*", "secret/x/abc/d", true),
            ("secret/+/a*", "secret/x/b", false),
            // Only a whole segment is a wildcard, and only a last star.
            ("secret/a+", "secret/ab", false), ("secret/a+", "secret/a+", true),
            ("secret/+a", "secret/ba", false),
            ("a/*/b", "a/x/b", false), ("a/*/b", "a/*/b", true), ("a*b", "axb", false),
            // Bytes, not canonical equivalence.
            ("secret/\u{E9}", "secret/e\u{301}", false), ("secret/\u{E9}", "secret/\u{E9}", true),
            ("secret/\u{212A}", "secret/K", false), ("secret/\u{E9}*", "secret/e\u{301}x", false),
        ])
    func matching(_ rule: String, _ path: String, _ matches: Bool) throws {
        let acl = try acl(rules: [(rule, "read")])
        #expect(acl.allows(.read, path) == matches)
        #expect(acl.allows(.read, "/" + path) == matches)
    }

    @Test(
        "with policy_glob = segment a star is the rest of one segment",
        arguments: [
            ("secret/data/demo/*", "secret/data/demo/database", true),
            ("secret/data/demo/*", "secret/data/demo/team/database", false),
            ("secret/data/zip-*", "secret/data/zip-zap", true),
            ("secret/data/zip-*", "secret/data/zip-zap/zong", false),
            ("secret/+/x*", "secret/a/xy", true), ("secret/+/x*", "secret/a/xy/z", false),
            ("*", "top", true), ("*", "top/sub", false), ("secret/foo", "secret/foo", true),
        ])
    func segments(_ rule: String, _ path: String, _ matches: Bool) throws {
        #expect(try acl(rules: [(rule, "read")], glob: .segment).allows(.read, path) == matches)
    }

    @Test("priorities are the same with policy_glob = segment")
    func segmentPriority() throws {
        #expect(try winner(["foo/*", "foo/+"], for: "foo/bar", glob: .segment) == "foo/+")
        #expect(try winner(["foo/*", "foo/a*"], for: "foo/ab", glob: .segment) == "foo/a*")
        #expect(try winner(["foo/*", "foo/ab"], for: "foo/ab", glob: .segment) == "foo/ab")
    }

    @Test(
        "listing a folder is covered by a rule with or without the slash",
        arguments: [
            "auth/approle/role", "auth/approle/role/", "auth/approle/*", "auth/+/role",
            "auth/+/role/",
        ])
    func listing(_ rule: String) throws {
        let acl = try acl(rules: [(rule, "list")])
        #expect(acl.allows(.list, "auth/approle/role/"))
        #expect(acl.allows(.list, "auth/approle/role"))
        #expect(acl.capabilities(path: "auth/approle/role/") == ["list"])
    }

    @Test(
        "a deny on a more specific path holds for listing too, whatever the slash",
        arguments: [
            ("secret/private", "secret/private"), ("secret/private/", "secret/private"),
            ("secret/private/*", "secret/private"), ("secret/+", "secret/private"),
            ("secret/+/*", "secret/private/deeper"),
        ])
    func denyForListing(_ denied: String, _ path: String) throws {
        let broad = denied.contains("+") ? "secr*" : "secret/*"
        let acl = try acl(rules: [(broad, "list"), (denied, "deny")])
        #expect(acl.verdict(.list, path) == .denied(.explicitDeny))
        #expect(acl.verdict(.list, path + "/") == .denied(.explicitDeny))
    }

    @Test("secret/+ denies the listing that secret/* would allow")
    func segmentDenyForListing() throws {
        let acl = try acl(rules: [("secret/*", "list"), ("secret/+", "deny")])
        #expect(acl.verdict(.list, "secret/private/") == .denied(.explicitDeny))
        #expect(acl.allows(.list, "secret/private/deeper/"))
    }

    @Test("a deny on a broader path does not take away what a more specific rule grants")
    func specificGrant() throws {
        let acl = try acl(rules: [("secret/*", "deny"), ("secret/public", "read")])
        #expect(acl.allows(.read, "secret/public"))
        #expect(acl.verdict(.read, "secret/other") == .denied(.explicitDeny))
    }

    @Test("sorted look-up agrees with a plain scan on many paths")
    func againstScan() throws {
        let alphabet = ["a", "b", "ab", "a/", "b/"]
        var generator = SeededGenerator(state: 1)
        for _ in 0..<60 {
            let prefixes = Set(
                (0..<12).map { _ in
                    (0..<Int.random(in: 0...4, using: &generator)).map { _ in
                        alphabet.randomElement() ?? ""
                    }.joined()
                })
            let acl = try acl(rules: prefixes.map { ($0 + "*", "read") })
            for _ in 0..<60 {
                let path = (0..<Int.random(in: 1...6, using: &generator))
                    .map { _ in alphabet.randomElement() ?? "" }.joined()
                let expected = prefixes.filter { path.hasPrefix($0) }.max { $0.count < $1.count }
                #expect(
                    acl.access(to: path, operation: .read).rule?.path == expected.map { $0 + "*" })
            }
        }
    }
}
