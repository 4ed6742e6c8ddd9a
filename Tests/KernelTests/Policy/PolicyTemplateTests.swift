import Cryptography
import JSON
import KernelTesting
import Paths
import Testing

@testable import Kernel

@Suite struct PolicyTemplateTests {
    private struct Values: TemplateValues {
        let values: [String: String]
        func value(_ parameter: String) -> String? { values[parameter] }
    }

    private func acl(
        _ text: String, _ values: [String: String], glob: GlobRule = .prefix
    ) throws -> ACL {
        let policy = try Policy.parse(name: try PolicyName("p"), text: text)
        let base = ACL(policies: [policy], glob: glob)
        return ACL(base, templatesOf: [policy], glob: glob, values: Values(values: values))
    }

    private func reads(_ acl: ACL, _ path: String) -> Bool {
        acl.access(to: path, operation: .read).capabilities.contains(.read)
    }

    private static let name = "identity.entity.name"
    private static let grant = "path \"s/{{identity.entity.name}}/*\" { capabilities = [\"read\"] }"

    @Test("a template stands for the entity's value and nothing else") func fills() throws {
        let acl = try acl(Self.grant, [Self.name: "alice"])
        #expect(reads(acl, "s/alice/x"))
        #expect(!reads(acl, "s/bob/x"))
        #expect(!reads(acl, "s/{{identity.entity.name}}/x"))
    }

    @Test(
        "a value that would widen the path grants nothing",
        arguments: [
            "*", "+", "a*", "a/b", "/", "a,b", "a\"b", "a\\b", "", ".", "..", "a\nb", "a\0b",
            "a\u{7F}b", "a\u{85}b",
        ])
    func hostileValues(_ value: String) throws {
        let acl = try acl(Self.grant, [Self.name: value])
        for path in ["s/a/x", "s/b/x", "s//x", "s/\(value)/x", "s/a/b/x", "s/x"] {
            #expect(!reads(acl, path), "\(path)")
        }
    }

    @Test(
        "values that only look odd are values",
        arguments: [
            "a b", "a@example.com", "a.b", "{{identity.entity.id}}", "ä", "a:b", "...",
        ])
    func oddValues(_ value: String) throws {
        #expect(reads(try acl(Self.grant, [Self.name: value]), "s/\(value)/x"))
    }

    @Test("a value that the entity does not have makes the rule about nothing")
    func unknownValue() throws {
        let text = """
            path "s/{{identity.entity.metadata.team}}" { capabilities = ["deny"] }
            path "s/*" { capabilities = ["read"] }
            """
        #expect(reads(try acl(text, [:]), "s/x"))
    }

    @Test("what a rule denies with a value that cannot be taken is denied for all values")
    func closedDeny() throws {
        let text = """
            path "s/+/private/{{identity.entity.name}}" { capabilities = ["deny"] }
            path "s/team/*" { capabilities = ["read"] }
            path "s/team/private/exact" { capabilities = ["read"] }
            path "t/{{identity.entity.name}}" { capabilities = ["deny"] }
            path "t/*" { capabilities = ["read"] }
            path "o/*" { capabilities = ["read", "list"] }
            """
        for glob in GlobRule.allCases {
            let closed = try acl(text, [Self.name: "a*"], glob: glob)
            for path in ["s/team/x", "s/team/private/exact", "t/a*", "t/b", "t/b/c"] {
                #expect(!reads(closed, path), "\(path)")
            }
            #expect(reads(closed, "o/x"))
            #expect(!closed.hasAccess(below: "t/"))
            let open = try acl(text, [Self.name: "alice"], glob: glob)
            #expect(reads(open, "t/b"))
            #expect(!reads(open, "t/alice"))
        }
    }

    @Test("a filled-in path is merged with the same path of another rule") func merges() throws {
        let text = """
            path "s/{{identity.entity.name}}" { capabilities = ["read"] }
            path "s/alice" { capabilities = ["update"] }
            path "g/{{identity.entity.name}}*" { capabilities = ["read"] }
            path "g/alice*" { capabilities = ["deny"] }
            path "w/+/{{identity.entity.name}}" { capabilities = ["read"] }
            path "w/+/alice" { capabilities = ["list"] }
            """
        let acl = try acl(text, [Self.name: "alice"])
        #expect(acl.capabilities(path: "s/alice") == ["read", "update"])
        #expect(acl.capabilities(path: "g/alice2") == ["deny"])
        #expect(acl.capabilities(path: "w/x/alice") == ["list", "read"])
        let other = try self.acl(text, [Self.name: "bob"])
        #expect(other.capabilities(path: "s/alice") == ["update"])
        #expect(other.capabilities(path: "s/bob") == ["read"])
        #expect(other.capabilities(path: "w/x/alice") == ["list"])
    }

    @Test("every parameter has its value, and groups only if the entity is in them")
    func parameters() async throws {
        let server = try await TestCore()
        let accessor = try await server.accessor()
        let entity = try await server.entity("Alice", ["metadata": ["team.color": "blue"]])
        let alias = try await server.alias(
            "alias-name", of: entity, ["custom_metadata": ["k": "custom"]])
        let group = try await server.group(
            "Devs", ["member_entity_ids": [.string(entity)], "metadata": ["floor": "2"]])
        let parent = try await server.group("all", ["member_group_ids": [.string(group)]])
        let strangers = try await server.group("strangers")
        let rights = try #require(try server.core.rootState().identity.rights(ofEntity: entity))
        let expected: [(String, String?)] = [
            ("entity.id", entity), ("entity.name", "Alice"),
            ("entity.metadata.team.color", "blue"), ("entity.metadata.none", nil),
            ("entity.aliases.\(accessor).id", alias),
            ("entity.aliases.\(accessor).name", "alias-name"),
            ("entity.aliases.\(accessor).custom_metadata.k", "custom"),
            ("entity.aliases.\(accessor).metadata.k", nil),
            ("entity.aliases.other.name", nil),
            ("groups.ids.\(group).name", "Devs"), ("groups.names.devs.id", group),
            ("groups.names.Devs.metadata.floor", "2"), ("groups.ids.\(group).metadata.x", nil),
            ("groups.names.all.id", parent), ("groups.names.strangers.id", nil),
            ("groups.ids.\(strangers).name", nil),
        ]
        for (parameter, value) in expected {
            #expect(rights.value("identity." + parameter) == value, "\(parameter)")
        }
    }

    @Test("each entity has its own paths under the same policy, at once after a change")
    func perEntity() async throws {
        let server = try await TestCore()
        _ = await server.call(.update, "sys/mounts/echo", ["type": "echo"])
        await server.policy(
            "t", "path \"echo/{{identity.entity.metadata.team}}\" { capabilities = [\"read\"] }")
        let red = try await server.entity("r", ["metadata": ["team": "red"]])
        let blue = try await server.entity("b", ["metadata": ["team": "blue"]])
        let (redToken, blueToken) = (
            try await server.token(["t"], ofEntity: red),
            try await server.token(["t"], ofEntity: blue)
        )
        let paths = ["echo/red", "echo/blue"]
        #expect(await server.statuses(paths, token: redToken) == [200, 403])
        #expect(await server.statuses(paths, token: blueToken) == [403, 200])
        _ = await server.call(
            .update, "identity/entity/id/\(red)", ["metadata": ["team": "blue"]])
        #expect(await server.statuses(paths, token: redToken) == [403, 200])
        _ = await server.call(.update, "identity/entity/id/\(red)", ["metadata": ["team": "*"]])
        #expect(await server.statuses(paths, token: redToken) == [403, 403])
        #expect(await server.statuses(paths, token: try await server.token(["t"])) == [403, 403])
    }
}
