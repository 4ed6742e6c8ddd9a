// Entities and groups of a namespace that are members of groups in those below it.

import Cryptography
import JSON
import KernelTesting
import Paths
import Testing

@testable import Kernel

@Suite("guests from namespaces above") struct NamespaceGuestTests {
    private let tenants: Tenants
    private let entity: String
    private let token: String
    private var server: TestCore { tenants.server }

    /// An echo engine in each namespace, and a token of the root namespace that may do nothing.
    init() async throws {
        tenants = try await Tenants()
        for namespace in ["", "a", "a/sub", "b"] {
            try await tenants.expect(
                204, .update, "sys/mounts/echo", ["type": "echo"], in: namespace)
        }
        entity = try await tenants.server.entity("guest")
        token = try await tenants.server.token(["default"], ofEntity: entity)
    }

    private func policy(_ name: String, _ text: String, in namespace: String) async throws {
        try await tenants.expect(
            204, .update, "sys/policies/acl/\(name)", ["policy": .string(text)], in: namespace)
    }

    private func reading(_ path: String) -> String {
        "path \"\(path)\" { capabilities = [\"read\"] }"
    }

    private func group(
        _ name: String, _ body: JSONObject, in namespace: String, _ status: Int = 200
    ) async throws -> String {
        let answer = try await tenants.expect(
            status, .update, "identity/group/name/\(name)", .object(body), in: namespace)
        return answer.data?["id"]?.stringValue ?? ""
    }

    private func status(_ path: String, in namespace: String, token: String? = nil) async -> Int {
        await server.call(.read, path, token: token ?? self.token, namespace: namespace).status
    }

    @Test("an entity has the rights of groups below its namespace, there and nowhere else")
    func entityMember() async throws {
        try await policy("p", reading("echo/x"), in: "a")
        #expect(await status("echo/x", in: "a") == 403)
        _ = try await group(
            "g", ["policies": ["p"], "member_entity_ids": [.string(entity)]], in: "a")
        #expect(await status("echo/x", in: "a") == 200)
        #expect(await status("a/echo/x", in: "") == 200)
        for (path, namespace) in [
            ("echo/y", "a"), ("echo/x", "a/sub"), ("echo/x", "b"), ("echo/x", ""),
        ] {
            #expect(await status(path, in: namespace) == 403, "\(namespace)/\(path)")
        }
        let shown = await server.call(.read, "identity/group/name/g", namespace: "a")
        #expect(shown.data?["member_entity_ids"] == [.string(entity)])
        let other = try await server.token(
            ["default"], ofEntity: try await server.entity("other"))
        #expect(await status("echo/x", in: "a", token: other) == 403)
    }

    @Test("groups are members across several levels") func groupMembers() async throws {
        let top = try await group("top", ["member_entity_ids": [.string(entity)]], in: "")
        let middle = try await group("middle", ["member_group_ids": [.string(top)]], in: "a")
        let upper = try await group("upper", ["member_group_ids": [.string(middle)]], in: "a")
        try await policy("p", reading("echo/*"), in: "a/sub")
        _ = try await group(
            "low", ["policies": ["p"], "member_group_ids": [.string(upper)]], in: "a/sub")
        #expect(await status("echo/x", in: "a/sub") == 200)
        #expect(await status("sub/echo/x", in: "a") == 200)
        #expect(await status("echo/x", in: "a") == 403)
        // Each link holds by itself.
        _ = try await group("upper", ["member_group_ids": []], in: "a", 204)
        #expect(await status("echo/x", in: "a/sub") == 403)
        _ = try await group("upper", ["member_group_ids": [.string(top)]], in: "a", 204)
        #expect(await status("echo/x", in: "a/sub") == 200)
        _ = try await group("top", ["member_entity_ids": []], in: "", 204)
        #expect(await status("echo/x", in: "a/sub") == 403)
    }

    @Test("what changes holds at the next request") func changes() async throws {
        try await policy("p", reading("echo/x"), in: "a")
        _ = try await group(
            "g", ["policies": ["p"], "member_entity_ids": [.string(entity)]], in: "a")
        #expect(await status("echo/x", in: "a") == 200)
        try await policy("p", reading("echo/y"), in: "a")
        #expect(await status("echo/x", in: "a") == 403)
        #expect(await status("echo/y", in: "a") == 200)
        // The token's own namespace has its say too: the longer path counts.
        try await policy("default", "path \"a/echo/y\" { capabilities = [\"deny\"] }", in: "")
        #expect(await status("echo/y", in: "a") == 403)
        try await policy("default", "path \"a/*\" { capabilities = [\"deny\"] }", in: "")
        #expect(await status("echo/y", in: "a") == 200)
        _ = await server.call(
            .update, "identity/entity/id/\(entity)", ["disabled": true])
        #expect(await status("echo/y", in: "a") == 403)
        _ = await server.call(
            .update, "identity/entity/id/\(entity)", ["disabled": false])
        #expect(await status("echo/y", in: "a") == 200)
        try await tenants.expect(204, .delete, "identity/group/name/g", in: "a")
        #expect(await status("echo/y", in: "a") == 403)
    }

    @Test("a group's deny holds for its guests, and its templates are about them")
    func denyAndTemplates() async throws {
        try await policy("default", reading("a/echo/*"), in: "")
        #expect(await status("echo/x", in: "a") == 200)
        try await policy(
            "p",
            """
            path "echo/x" { capabilities = ["deny"] }
            path "kv/{{identity.entity.name}}" { capabilities = ["create", "update"] }
            """, in: "a")
        _ = try await group(
            "g", ["policies": ["p"], "member_entity_ids": [.string(entity)]], in: "a")
        #expect(await status("echo/x", in: "a") == 403)
        #expect(await status("echo/y", in: "a") == 200)
        try await tenants.expect(
            204, .update, "kv/guest", ["a": 1], in: "a", token: token)
        try await tenants.expect(403, .update, "kv/other", ["a": 1], in: "a", token: token)
    }

    @Test("members come from above and from nowhere else") func origins() async throws {
        let made = try await tenants.expect(
            200, .update, "identity/entity", ["name": "e"], in: "a")
        let child: JSONValue = .string(made.data?["id"]?.stringValue ?? "")
        for namespace in ["", "b"] {
            _ = try await group("g", ["member_entity_ids": [child]], in: namespace, 400)
        }
        let inner: JSONValue = .string(try await group("inner", [:], in: "a"))
        for namespace in ["", "b"] {
            _ = try await group("g", ["member_group_ids": [inner]], in: namespace, 400)
        }
        _ = try await group("g", ["member_entity_ids": [child]], in: "a/sub")
        _ = try await group(
            "h", ["member_entity_ids": [.string(UUID128().text)]], in: "a/sub", 400)
        // Nobody becomes root by a group.
        try await tenants.expect(
            400, .update, "identity/group/name/r", ["policies": ["root"]], in: "a")
    }

    @Test("guests are still guests after a restart, and when they were merged") func restart()
        async throws
    {
        try await policy("p", reading("echo/x"), in: "a")
        _ = try await group(
            "g", ["policies": ["p"], "member_entity_ids": [.string(entity)]], in: "a")
        let next = try await server.restarted([.echo, .store])
        #expect(await next.call(.read, "echo/x", token: token, namespace: "a").status == 200)
        let kept = try await next.entity("kept")
        let merged = await next.call(
            .update, "identity/entity/merge",
            ["from_entity_ids": [.string(entity)], "to_entity_id": .string(kept)])
        #expect(merged.status == 204)
        #expect(await next.call(.read, "echo/x", token: token, namespace: "a").status == 200)
        let own = try await next.token(["default"], ofEntity: kept)
        #expect(await next.call(.read, "echo/x", token: own, namespace: "a").status == 200)
        _ = await next.call(.delete, "identity/entity/id/\(kept)")
        #expect(await next.call(.read, "echo/x", token: own, namespace: "a").status == 403)
    }

    @Test("a guest sees what it may do") func capabilities() async throws {
        try await policy(
            "p",
            """
            path "echo/x" { capabilities = ["read"] }
            path "sys/capabilities-self" { capabilities = ["update"] }
            """, in: "a")
        _ = try await group(
            "g", ["policies": ["p"], "member_entity_ids": [.string(entity)]], in: "a")
        let answer = await server.call(
            .update, "sys/capabilities-self", ["paths": ["echo/x", "echo/y"]], token: token,
            namespace: "a")
        #expect(answer.data?["echo/x"] == ["read"])
        #expect(answer.data?["echo/y"] == ["deny"])
    }
}
