import Cryptography
import JSON
import KernelTesting
import Paths
import Testing

@testable import Kernel

@Suite struct IdentityPolicyTests {
    @Test("policies of entity and groups hold at the next request after each change")
    func atOnce() async throws {
        let server = try await TestCore()
        await server.readable("own", "mine", "ours", "theirs")
        let entity = try await server.entity("e")
        let token = try await server.token(["own"], ofEntity: entity)
        let paths = ["echo/own", "echo/mine", "echo/ours", "echo/theirs"]
        #expect(await server.statuses(paths, token: token) == [200, 403, 403, 403])

        _ = await server.call(.update, "identity/entity/id/\(entity)", ["policies": ["mine"]])
        #expect(await server.statuses(paths, token: token) == [200, 200, 403, 403])

        let group = try await server.group("g", ["policies": ["ours"]])
        #expect(await server.statuses(paths, token: token) == [200, 200, 403, 403])
        _ = await server.call(
            .update, "identity/group/id/\(group)", ["member_entity_ids": [.string(entity)]])
        #expect(await server.statuses(paths, token: token) == [200, 200, 200, 403])

        let parent = try await server.group("p", ["member_group_ids": [.string(group)]])
        let grandparent = try await server.group(
            "gp", ["member_group_ids": [.string(parent)], "policies": ["theirs"]])
        #expect(await server.statuses(paths, token: token) == [200, 200, 200, 200])

        _ = await server.call(.delete, "identity/group/name/p")
        #expect(await server.statuses(paths, token: token) == [200, 200, 200, 403])
        #expect(
            await server.call(.read, "identity/group/id/\(grandparent)").data?["member_group_ids"]
                == .null)
        _ = await server.call(.delete, "identity/group/id/\(group)")
        _ = await server.call(.update, "identity/entity/name/e", ["policies": []])
        #expect(await server.statuses(paths, token: token) == [200, 403, 403, 403])
    }

    @Test("a changed policy holds at once for tokens that have it through their entity")
    func changedPolicy() async throws {
        let server = try await TestCore()
        await server.readable("a")
        let entity = try await server.entity("e", ["policies": ["a"]])
        let token = try await server.token(["default"], ofEntity: entity)
        #expect(await server.statuses(["echo/a"], token: token) == [200])
        await server.policy("a", "path \"echo/a\" { capabilities = [\"deny\"] }")
        #expect(await server.statuses(["echo/a"], token: token) == [403])
        _ = await server.call(.delete, "sys/policies/acl/a")
        #expect(await server.statuses(["echo/a"], token: token) == [403])
    }

    @Test("a deny of a group's policy wins over the token's own grant") func denyWins()
        async throws
    {
        let server = try await TestCore()
        await server.readable("a")
        await server.policy("no", "path \"echo/a\" { capabilities = [\"deny\"] }")
        let entity = try await server.entity("e")
        let token = try await server.token(["a"], ofEntity: entity)
        #expect(await server.statuses(["echo/a"], token: token) == [200])
        _ = try await server.group(
            "g", ["policies": ["no"], "member_entity_ids": [.string(entity)]])
        #expect(await server.statuses(["echo/a"], token: token) == [403])
    }

    @Test("the tokens of an entity that is disabled or deleted open nothing, not even themselves")
    func disabled() async throws {
        let server = try await TestCore()
        await server.readable("a")
        let entity = try await server.entity("e")
        let token = try await server.token(["a", "default"], ofEntity: entity)
        let paths = ["echo/a", "auth/token/lookup-self"]
        #expect(await server.statuses(paths, token: token) == [200, 200])
        _ = await server.call(.update, "identity/entity/id/\(entity)", ["disabled": true])
        #expect(await server.statuses(paths, token: token) == [403, 403])
        let denied = await server.call(.read, "echo/a", token: token)
        #expect(denied.errors == ["permission denied"])
        let capabilities = await server.call(
            .update, "sys/capabilities", ["token": .string(token), "paths": ["echo/a"]])
        #expect(capabilities.status == 403)
        _ = await server.call(.update, "identity/entity/id/\(entity)", ["disabled": false])
        #expect(await server.statuses(paths, token: token) == [200, 200])
        _ = await server.call(.delete, "identity/entity/id/\(entity)")
        #expect(await server.statuses(paths, token: token) == [403, 403])
    }

    @Test("a root token of a disabled entity opens nothing either") func disabledRoot()
        async throws
    {
        let server = try await TestCore()
        let entity = try await server.entity("e")
        let token = try await server.token(["root"], ofEntity: entity)
        #expect(await server.statuses(["sys/mounts"], token: token) == [200])
        _ = await server.call(.update, "identity/entity/id/\(entity)", ["disabled": true])
        #expect(await server.statuses(["sys/mounts"], token: token) == [403])
    }

    @Test(
        "an entity that does not exist, here or in whatever namespace, opens nothing",
        arguments: [
            "6a1ff1a6-0000-4000-8000-000000000000", "6A1FF1A6-0000-4000-8000-000000000000", "x",
            "6a1ff1a6-0000-4000-8000-000000000000.other",
        ])
    func unknownEntity(_ id: String) async throws {
        let server = try await TestCore()
        let token = try await server.token(["default"], ofEntity: id)
        #expect(await server.statuses(["auth/token/lookup-self"], token: token) == [403])
    }

    @Test("the tokens of a merged entity are those of the one it was merged into")
    func mergedEntity() async throws {
        let server = try await TestCore()
        await server.readable("from", "to")
        let from = try await server.entity("from", ["policies": ["from"]])
        let to = try await server.entity("to", ["policies": ["to"]])
        let token = try await server.token(["default"], ofEntity: from)
        #expect(await server.statuses(["echo/from", "echo/to"], token: token) == [200, 403])
        let merge: JSONValue = ["from_entity_ids": [.string(from)], "to_entity_id": .string(to)]
        #expect(await server.call(.update, "identity/entity/merge", merge).status == 204)
        #expect(await server.statuses(["echo/from", "echo/to"], token: token) == [403, 200])
        _ = await server.call(.update, "identity/entity/id/\(to)", ["disabled": true])
        #expect(await server.statuses(["echo/to"], token: token) == [403])
    }

    @Test("capabilities and the resultant ACL include what identity brings")
    func reports() async throws {
        let server = try await TestCore()
        await server.readable("a")
        let entity = try await server.entity("e", ["policies": ["a"]])
        let token = try await server.token(["default"], ofEntity: entity)
        let own = await server.call(
            .update, "sys/capabilities-self", ["paths": ["echo/a"]], token: token)
        #expect(own.data?["echo/a"] == ["read"])
        let asked = await server.call(
            .update, "sys/capabilities", ["paths": ["echo/a"], "token": .string(token)])
        #expect(asked.data?["echo/a"] == ["read"])
        let acl = await server.call(.read, "sys/internal/ui/resultant-acl", token: token)
        #expect(acl.data?["exact_paths"]?["echo/a"]?["capabilities"] == ["read"])
    }

    @Test("the default policy lets an entity read itself and nobody else") func readsItself()
        async throws
    {
        let server = try await TestCore()
        let one = try await server.entity("one")
        let two = try await server.entity("two")
        let token = try await server.token(["default"], ofEntity: one)
        let paths = [
            "identity/entity/id/\(one)", "identity/entity/name/one", "identity/entity/id/\(two)",
            "identity/entity/name/two",
        ]
        #expect(await server.statuses(paths, token: token) == [200, 200, 403, 403])
        let plain = try await server.token(["default"])
        #expect(await server.statuses(paths, token: plain) == [403, 403, 403, 403])
    }

    @Test("readers during changes see the rights of before or after, and after them the new ones")
    func concurrently() async throws {
        let server = try await TestCore()
        await server.readable("a")
        let entity = try await server.entity("e")
        let token = try await server.token(["default"], ofEntity: entity)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<200 {
                        let status = await server.call(.read, "echo/a", token: token).status
                        #expect(status == 200 || status == 403)
                    }
                }
            }
            for turn in 0..<100 {
                let grants = turn % 2 == 0
                let policies: JSONValue = grants ? ["a"] : []
                _ = await server.call(
                    .update, "identity/entity/id/\(entity)", ["policies": policies])
                let status = await server.call(.read, "echo/a", token: token).status
                #expect(status == (grants ? 200 : 403))
            }
            try await group.waitForAll()
        }
    }
}
