// Parameter and wrapping constraints.

import JSON
import Paths
import Testing

@testable import Kernel

@Suite("Constraints of a rule")
struct ACLParameterTests {
    private func rule(_ body: String) -> String {
        "path \"p\" { capabilities = [\"create\", \"read\", \"update\", \"patch\", \"delete\", \"list\"] \(body) }"
    }

    @Test(
        "allowed parameters are the only ones, with the only values",
        arguments: [
            (["foo": "anything"], true), (["bar": "zip"], true), (["bar": "zap"], true),
            (["bar": "other"], false),
            (["baz": 1], false), (["foo": 1, "baz": 1], false), (["FOO": 1], true),
            (["BAR": "other"], false), ([:], true),
            (["bar": ["zip"]], false),
        ] as [(JSONValue, Bool)])
    func allowed(_ parameters: JSONValue, _ expected: Bool) throws {
        let acl = try acl(rule(#"allowed_parameters = { "foo" = [], "bar" = ["zip", "zap"] }"#))
        #expect(acl.allows(.update, "p", parameters) == expected)
    }

    @Test("a star allows every other parameter, and named ones keep their values")
    func allowedStar() throws {
        let acl = try acl(rule(#"allowed_parameters = { "*" = [], "bar" = ["zip"] }"#))
        #expect(acl.allows(.update, "p", ["other": 1, "bar": "zip"]))
        #expect(acl.verdict(.update, "p", ["bar": "zap"]) == .denied(.parameterNotAllowed))
    }

    @Test(
        "denied parameters count first",
        arguments: [
            (["foo": 1], false), (["bar": "zip"], false), (["bar": "ok"], true),
            (["other": 1], true), (["FOO": 1], false),
            // Engines read 5 and "5", true and "true" alike, and a list may hold the value.
            (["num": 5], false), (["num": "5"], false), (["num": 6], true),
            (["flag": "true"], false),
            (["flag": true], false), (["flag": false], true), (["bar": ["ok", "zip"]], false),
            (["bar": ["ok"]], true),
        ] as [(JSONValue, Bool)])
    func denied(_ parameters: JSONValue, _ expected: Bool) throws {
        let acl = try acl(
            rule(
                """
                allowed_parameters = { "*" = [] }
                denied_parameters = { foo = [], bar = ["zip"], num = [5], flag = [true] }
                """))
        #expect(acl.allows(.update, "p", parameters) == expected)
    }

    @Test("a denied star denies every parameter, not the request without one")
    func deniedStar() throws {
        let acl = try acl(rule(#"denied_parameters = { "*" = [] }"#))
        #expect(acl.verdict(.update, "p", ["a": 1]) == .denied(.parameterDenied))
        #expect(acl.allows(.update, "p"))
        #expect(acl.allows(.update, "p", [:]))
    }

    @Test("required parameters must be there under their lower-case name")
    func required() throws {
        let acl = try acl(rule(#"required_parameters = ["Name", "id"]"#))
        #expect(acl.allows(.update, "p", ["name": 1, "id": 2, "more": 3]))
        #expect(acl.verdict(.update, "p", ["name": 1]) == .denied(.requiredParameterMissing))
        #expect(
            acl.verdict(.update, "p", ["NAME": 1, "id": 2]) == .denied(.requiredParameterMissing))
        #expect(acl.verdict(.update, "p") == .denied(.requiredParameterMissing))
        #expect(acl.verdict(.update, "p", ["name", "id"]) == .denied(.requiredParameterMissing))
    }

    @Test(
        "values may have a star at either end",
        arguments: [
            ("foo-*", "foo-bar", true), ("foo-*", "foo", false), ("*-bar", "foo-bar", true),
            ("*oo*", "foo", true),
            ("*oo*", "fo", false), ("*", "x", false), ("*", "*", true), ("**", "x", true),
            ("f*o", "foo", false),
            ("\u{E9}*", "e\u{301}a", false), ("exact", "exact", true),
        ])
    func globs(_ pattern: String, _ value: String, _ expected: Bool) throws {
        let acl = try acl(rule("allowed_parameters = { v = [\"\(pattern)\"] }"))
        #expect(acl.allows(.update, "p", ["v": .string(value)]) == expected)
    }

    @Test("allowed values are compared by type and numbers by value")
    func types() throws {
        let acl = try acl(rule("allowed_parameters = { v = [5, true, \"7\", 1.5] }"))
        #expect(acl.allows(.update, "p", ["v": 5]))
        #expect(acl.allows(.update, "p", try JSONValue(parsing: Array(#"{"v": 5.0}"#.utf8))))
        #expect(acl.allows(.update, "p", ["v": true]))
        #expect(!acl.allows(.update, "p", ["v": "5"]))
        #expect(!acl.allows(.update, "p", ["v": 7]))
        #expect(!acl.allows(.update, "p", ["v": .null]))
    }

    @Test("parameters are looked at for reads and writes, not for delete and list")
    func operations() throws {
        let acl = try acl(rule(#"denied_parameters = { "a" = [] }"#))
        for operation in [Operation.create, .read, .update, .patch] {
            #expect(acl.needsParameters(path: "p", operation: operation))
            #expect(!acl.allows(operation, "p", ["a": 1]))
        }
        for operation in [Operation.delete, .list] {
            #expect(!acl.needsParameters(path: "p", operation: operation))
            #expect(acl.allows(operation, "p", ["a": 1]))
        }
        #expect(!acl.needsParameters(path: "other", operation: .update))
        #expect(try !self.acl("").needsParameters(path: "p", operation: .update))
    }

    private func acl(_ body: String) throws -> ACL {
        try ACL(policies: [policy(body.isEmpty ? rule("") : body)])
    }

    @Test("lists of several policies are joined, and an empty list swallows the other")
    func merging() throws {
        let acl = try ACL(policies: [
            policy(
                rule(
                    #"allowed_parameters = { a = ["1"], b = ["1"] } required_parameters = ["a"]"#)),
            policy(
                rule(
                    #"allowed_parameters = { a = ["2"], b = [] , c = ["3"] } required_parameters = ["A"]"#
                )),
        ])
        #expect(acl.allows(.update, "p", ["a": "1", "b": "any", "c": "3"]))
        #expect(acl.allows(.update, "p", ["a": "2"]))
        #expect(!acl.allows(.update, "p", ["a": "3"]))
        #expect(!acl.allows(.update, "p", ["a": "1", "c": "4"]))
        #expect(!acl.allows(.update, "p", ["b": "any"]))
    }

    @Test("a policy without constraints does not lift those of another")
    func mergingWithFree() throws {
        for texts in [
            [rule(""), rule("allowed_parameters = { a = [] }")],
            [rule("allowed_parameters = { a = [] }"), rule("")],
        ] {
            let acl = try ACL(policies: texts.map { try policy($0) })
            #expect(!acl.allows(.update, "p", ["b": 1]))
        }
    }

    @Test(
        "wrapping bounds demand a wrapping within them",
        arguments: [
            (nil, false), (59, false), (60, true), (3600, true), (3601, false), (UInt64.max, false),
        ] as [(UInt64?, Bool)])
    func wrapping(_ seconds: UInt64?, _ expected: Bool) throws {
        let acl = try acl(rule("min_wrapping_ttl = \"1m\" max_wrapping_ttl = \"1h\""))
        #expect(acl.allows(.read, "p", wrap: seconds) == expected)
        if !expected { #expect(acl.verdict(.read, "p", wrap: seconds) == .denied(.wrapping)) }
    }

    @Test(
        "the lower wrapping bounds of several policies count, and bounds that exclude each other allow nothing"
    )
    func wrappingMerged() throws {
        let lower = try ACL(policies: [
            policy(rule("min_wrapping_ttl = 60 max_wrapping_ttl = 600")),
            policy(rule("min_wrapping_ttl = 30 max_wrapping_ttl = 900")),
        ])
        #expect(lower.allows(.read, "p", wrap: 30))
        #expect(!lower.allows(.read, "p", wrap: 601))
        let impossible = try ACL(policies: [
            policy(rule("min_wrapping_ttl = 60")), policy(rule("max_wrapping_ttl = 30")),
        ])
        for ttl in [nil, 20, 45, 90] as [UInt64?] {
            #expect(!impossible.allows(.read, "p", wrap: ttl))
        }
    }

    @Test("a deny drops the constraints along with everything else")
    func denyDropsConstraints() throws {
        let acl = try ACL(policies: [
            policy(rule("required_parameters = [\"a\"]")), policy(#"path "p" { policy = "deny" }"#),
        ])
        #expect(!acl.needsParameters(path: "p", operation: .update))
        #expect(acl.verdict(.update, "p", ["a": 1]) == .denied(.explicitDeny))
    }
}
