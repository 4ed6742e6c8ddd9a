import Cryptography
import JSON
import KernelTesting
import Paths
import Testing

@testable import Kernel

/// Templates that an engine has filled in for whom its request is.
@Suite struct EngineTemplateTests {
    /// An engine that answers what has come of the templates that it was sent.
    private static let filler = FakeEngineType("filler") { request, mount in
        let templates = (try? JSONValue(parsing: request.data))?["templates"]?.arrayValue ?? []
        do throws(BackendFailure) {
            let texts = try mount.storage.fill(
                templates.compactMap(\.stringValue), forEntity: request.entityID)
            let values = texts.map { text in text.map { JSONValue.string($0) } ?? .null }
            return .success(
                BackendAnswer(data: JSONValue.object(["texts": .array(values)]).encoded()))
        } catch { return .failure(error) }
    }

    private static func server() async throws -> TestCore {
        let server = try await TestCore([filler])
        _ = await server.call(.update, "sys/mounts/f", ["type": "filler"])
        await server.policy("fill", "path \"f/*\" { capabilities = [\"update\"] }")
        return server
    }

    private static func fill(
        _ server: TestCore, _ templates: [String], _ token: String? = nil, namespace: String = ""
    ) async -> TestResponse {
        await server.call(
            .update, "f/x", ["templates": .strings(templates)], token: token, namespace: namespace)
    }

    @Test("templates are filled in for the caller, and for nobody else")
    func caller() async throws {
        let server = try await Self.server()
        let templates = [
            "{{identity.entity.name}}.a", "{{ identity.entity.metadata.team }}", "plain",
            "{{identity.groups.names.staff.id}}", "{{identity.entity.aliases.none.name}}",
        ]
        let alice = try await server.entity("alice", ["metadata": ["team": "web"]])
        let bob = try await server.entity("bob")
        let staff = try await server.group("staff", ["member_entity_ids": [.string(bob)]])
        let alices = try await server.token(["fill"], ofEntity: alice)
        let bobs = try await server.token(["fill"], ofEntity: bob)
        let first = await Self.fill(server, templates, alices)
        #expect(first.data?["texts"] == ["alice.a", "web", "plain", .null, .null])
        let second = await Self.fill(server, templates, bobs)
        #expect(second.data?["texts"] == ["bob.a", .null, "plain", .string(staff), .null])
        let nobody = await Self.fill(server, templates)
        #expect(nobody.data?["texts"] == [.null, .null, "plain", .null, .null])
    }

    @Test(
        "no value of an entity can widen what an engine makes of it",
        arguments: ["*", "a*", "a+b", "../a", "a/b", "a,b", "a\"b", "a\\b", "a\nb", ".", ".."])
    func attack(value: String) async throws {
        let server = try await Self.server()
        let entity = try await server.entity("e", ["metadata": ["v": .string(value)]])
        let token = try await server.token(["fill"], ofEntity: entity)
        let answer = await Self.fill(server, ["x.{{identity.entity.metadata.v}}"], token)
        #expect(answer.data?["texts"] == [.null])
    }

    @Test("what is no template of a known parameter is refused, whoever asks")
    func malformed() async throws {
        let server = try await Self.server()
        let token = try await server.token(["fill"], ofEntity: try await server.entity("e"))
        for template in [
            "{{other}}", "{{identity.entity}}", "{{identity.entity.name", "a}}b",
            String(repeating: "a", count: KernelLimits.engineTemplateBytes + 1),
        ] {
            #expect(await Self.fill(server, [template], token).status == 400)
            #expect(await Self.fill(server, [template]).status == 400)
        }
    }

    @Test("in another namespace an entity has no values")
    func namespace() async throws {
        let server = try await Self.server()
        _ = await server.call(.update, "sys/namespaces/team")
        _ = await server.call(.update, "sys/mounts/f", ["type": "filler"], namespace: "team")
        await server.policy("fill-team", "path \"team/f/*\" { capabilities = [\"update\"] }")
        let entity = try await server.entity("alice")
        let token = try await server.token(["fill-team"], ofEntity: entity)
        let answer = await Self.fill(
            server, ["{{identity.entity.name}}"], token, namespace: "team")
        #expect(answer.data?["texts"] == [.null])
    }
}
