// From text to rules.

import JSON
import Paths
import Testing

@testable import Kernel

@Suite("Reading a policy")
struct PolicyParserTests {
    @Test("every key of a path block is read")
    func allKeys() throws {
        let policy = try policy(
            """
            name = "ignored"
            path "/secret/foo" {
                capabilities = ["create", "read", "update", "patch", "delete", "list", "sudo"]
                allowed_parameters = { "Bar" = ["zip", 5, true, [1]], "*" = [] }
                denied_parameters { baz = [] }
                required_parameters = ["bar"]
                min_wrapping_ttl = "1m"
                max_wrapping_ttl = 3600
            }
            """)
        let rule = try #require(policy.rules.first)
        #expect(policy.rules.count == 1)
        #expect(rule.path == "secret/foo", "the leading slash is taken off")
        #expect(rule.capabilities == .everything)
        #expect(rule.constraints.allowedParameters["bar"] == ["zip", 5, true, [1]])
        #expect(rule.constraints.allowedParameters["*"] == [])
        #expect(rule.constraints.deniedParameters["BAZ"] == [])
        #expect(rule.constraints.requiredParameters == ["bar"])
        #expect(rule.constraints.minWrappingTTL == .seconds(60))
        #expect(rule.constraints.maxWrappingTTL == .seconds(3600))
        #expect(!rule.isTemplated)
    }

    @Test("JSON of the same shape means the same")
    func json() throws {
        let text = #"{"path": {"a/*": {"capabilities": ["read"]}, "b": {"policy": "write"}}}"#
        let rules = try policy(text).rules
        #expect(rules.map(\.path) == ["a/*", "b"])
        #expect(rules[0].capabilities == .read)
        #expect(rules[1].capabilities == [.create, .read, .update, .delete, .list])
        let list = #"{"path": [{"a/*": {"capabilities": ["read"]}}, {"b": {"policy": "write"}}]}"#
        #expect(try policy(list).rules.map(\.capabilities) == rules.map(\.capabilities))
    }

    @Test(
        "the old shorthand grants what it always has",
        arguments: [
            ("deny", CapabilitySet.deny), ("read", [.read, .list]),
            ("write", [.create, .read, .update, .delete, .list]),
            ("sudo", [.create, .read, .update, .delete, .list, .sudo]),
        ] as [(String, CapabilitySet)])
    func shorthand(_ word: String, _ expected: CapabilitySet) throws {
        let rules = try policy("path \"a\" { policy = \"\(word)\" }").rules
        #expect(rules.map(\.capabilities) == [expected])
    }

    @Test("deny beside other capabilities leaves only deny")
    func denyInOneRule() throws {
        let text = "path \"a\" { capabilities = [\"read\", \"deny\", \"sudo\"] }"
        #expect(try policy(text).rules.map(\.capabilities) == [.deny])
    }

    @Test("the text is kept as it was written")
    func raw() throws {
        let text = "# note\npath \"a\" {}\n"
        #expect(try policy(text).raw == text)
        #expect(try policy("").rules.isEmpty)
    }

    @Test(
        "what a policy cannot say is an error with its place",
        arguments: [
            (
                #"path "x" { capabilities = ["reed"] }"#,
                #"1:28: path "x": invalid capability "reed""#
            ),
            (
                #"path "x" { capabilities = ["Read"] }"#,
                #"1:28: path "x": invalid capability "Read""#
            ),
            ("\npath \"x\" { capability = [] }", #"2:12: path "x": invalid key "capability""#),
            (#"paths "x" {}"#, #"1:1: invalid key "paths""#),
            (#"path "x" { policy = "all" }"#, #"1:21: path "x": invalid policy "all""#),
            (
                #"path "x" { capabilities = "read" }"#,
                #"1:27: path "x": capabilities must be a list of strings, not a string"#
            ),
            (
                #"path "x" { capabilities = [1] }"#,
                #"1:28: path "x": capabilities must be a list of strings, not of a number"#
            ),
            (
                #"path "a/+*" {}"#,
                #"1:6: path "a/+*": invalid use of wildcards ("+*" is forbidden)"#
            ),
            (
                #"path "x" { control_group = {} }"#,
                #"1:12: path "x": control_group is not supported"#
            ),
            (
                #"path "x" { mfa_methods = ["a"] }"#,
                #"1:12: path "x": mfa_methods is not supported"#
            ),
            (
                #"path "x" { allowed_parameters = ["a"] }"#,
                #"1:33: path "x": allowed_parameters must be an object, not a list"#
            ),
            (
                #"path "x" { allowed_parameters = { a = "b" } }"#,
                #"1:35: path "x": allowed_parameters takes a list of values for each parameter"#
            ),
            (
                #"path "x" { denied_parameters = { a = [], A = [] } }"#,
                #"1:42: path "x": denied_parameters names this parameter twice"#
            ),
            (
                #"path "x" { min_wrapping_ttl = "soon" }"#,
                #"1:31: path "x": min_wrapping_ttl must be a duration such as 90, "90s" or "1h30m""#
            ),
            (
                #"path "x" { min_wrapping_ttl = 5 max_wrapping_ttl = 4 }"#,
                #"1:1: path "x": max_wrapping_ttl cannot be less than min_wrapping_ttl"#
            ),
            (
                #"path "x" { capabilities { } }"#,
                #"1:12: path "x": capabilities must be a list of strings, not an object"#
            ),
            (
                #"path "x" { denied_parameters {} denied_parameters {} }"#,
                #"1:33: path "x": denied_parameters is set twice"#
            ),
            (
                #"path "x" { capabilities = [] capabilities = ["sudo"] }"#,
                "1:30: this name is already set in the same block"
            ),
            (#"path "x" "y" {}"#, "1:10: path takes only 1 label"),
            (#"path "x" = {}"#, #"1:10: expected "{" or a label, found "=""#),
            (#"name = 5"#, "1:8: name must be a string"),
            (
                #"path "{{identity.entity.id" {}"#,
                #"1:6: path "{{identity.entity.id": template is never closed"#
            ),
            (
                #"path "a}}{{identity.entity.id}}" {}"#,
                #"1:6: path "a}}{{identity.entity.id}}": template is closed before it is opened"#
            ),
            (
                #"path "{{identity.entity.secret}}" {}"#,
                #"1:6: path "{{identity.entity.secret}}": unknown template parameter "identity.entity.secret""#
            ),
            ("path \"x\" {", "1:11: expected \"}\" or a name, found the end of the text"),
        ])
    func errors(_ text: String, _ expected: String) {
        #expect(policyError(text)?.description == expected)
    }

    @Test(
        "the parameters of a template are known ones",
        arguments: [
            ("a/{{identity.entity.id}}/*", ["identity.entity.id"]),
            ("{{ identity.entity.name }}", ["identity.entity.name"]),
            (
                "{{identity.entity.metadata.team}}-{{identity.groups.ids.abc.name}}",
                ["identity.entity.metadata.team", "identity.groups.ids.abc.name"]
            ),
            (
                "{{identity.entity.aliases.auth_k8s_1.metadata.ns}}",
                ["identity.entity.aliases.auth_k8s_1.metadata.ns"]
            ),
        ])
    func templates(_ path: String, _ parameters: [String]) throws {
        let rule = try #require(try policy("path \"\(path)\" {}").rules.first)
        #expect(rule.isTemplated)
        #expect(rule.templateParameters == parameters)
    }

    @Test("a templated rule grants nothing as long as there is no identity to fill in")
    func templatedRulesMatchNothing() throws {
        let acl = try acl(
            #"path "secret/{{identity.entity.id}}/*" { capabilities = ["read"] }"#)
        #expect(acl.verdict(.read, "secret/{{identity.entity.id}}/a") == .denied(.noRule))
        #expect(acl.verdict(.read, "secret//a") == .denied(.noRule))
        #expect(!acl.hasAccess(below: "secret/"))
    }

    @Test("nobody can write a root policy")
    func rootText() {
        #expect(throws: PolicyError.self) { try Policy.parse(name: .root, text: "path \"*\" {}") }
    }

    @Test("the built-in default policy lets a token look after itself and nothing else")
    func builtInDefault() throws {
        let acl = ACL(policies: [.default])
        #expect(acl.allows(.read, "auth/token/lookup-self"))
        for path in [
            "auth/token/renew-self", "auth/token/revoke-self", "sys/capabilities-self",
            "sys/leases/renew",
            "sys/leases/lookup", "sys/renew", "sys/wrapping/wrap", "sys/wrapping/lookup",
            "sys/wrapping/unwrap", "sys/tools/hash", "sys/tools/hash/sha2-256",
            "sys/control-group/request",
            "identity/oidc/provider/main/authorize",
        ] {
            #expect(acl.allows(.update, path), "\(path)")
        }
        for operation in [Operation.create, .read, .update, .delete, .list] {
            #expect(acl.allows(operation, "cubbyhole/a/b"))
        }
        #expect(acl.allows(.read, "sys/internal/ui/resultant-acl"))
        for path in [
            "auth/token/create", "secret/data/a", "sys/mounts", "sys/policies/acl",
            "sys/leases/revoke",
        ] {
            #expect(acl.capabilities(path: path) == ["deny"], "\(path)")
        }
    }
}
