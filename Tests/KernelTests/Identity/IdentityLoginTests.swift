import Cryptography
import JSON
import KernelTesting
import Paths
import Testing

@testable import Kernel

@Suite struct IdentityLoginTests {
    @Test("the first login makes entity and alias, later ones find them, whatever the case")
    func firstLogin() async throws {
        let server = try await TestCore()
        let identity = try server.core.rootState().identity
        let accessor = try await server.accessor()
        let first = try await identity.entityForLogin(
            mountAccessor: accessor, aliasName: "alice", metadata: [("role", "dev")])
        let again = try await identity.entityForLogin(
            mountAccessor: accessor, aliasName: "Alice", metadata: [("role", "ops")])
        #expect(first == again)
        let read = await server.call(.read, "identity/entity/id/\(first)")
        let alias = read.data?["aliases"]?.arrayValue?.first
        #expect(alias?["name"] == "alice")
        #expect(alias?["metadata"] == ["role": "ops"])
        let elsewhere = try await identity.entityForLogin(
            mountAccessor: "auth_other", aliasName: "alice")
        #expect(elsewhere != first)
        #expect(identity.aliasLookup(mountAccessor: accessor, name: "ALICE")?.id.text == first)
    }

    @Test("many first logins at once make one entity") func manyAtOnce() async throws {
        let server = try await TestCore()
        let identity = try server.core.rootState().identity
        let ids = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    try await identity.entityForLogin(mountAccessor: "m", aliasName: "bob")
                }
            }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(ids.count == 1)
    }

    @Test("a disabled entity cannot log in, and no login has an empty or hidden name")
    func refused() async throws {
        let server = try await TestCore()
        let identity = try server.core.rootState().identity
        let id = try await identity.entityForLogin(mountAccessor: "m", aliasName: "bob")
        _ = await server.call(.update, "identity/entity/id/\(id)", ["disabled": true])
        for name in ["bob", "BOB", "", "a\u{0}b"] {
            await #expect(throws: BackendFailure.self, "\(name.debugDescription)") {
                try await identity.entityForLogin(mountAccessor: "m", aliasName: name)
            }
        }
    }

    @Test("a login brings the groups that its auth method names, and takes the others of its mount")
    func externalGroups() async throws {
        let server = try await TestCore()
        await server.readable("dev", "ops")
        let identity = try server.core.rootState().identity
        let accessor = try await server.accessor()
        func externalGroup(_ name: String, at accessor: String) async throws -> String {
            let group = try await server.group(
                name, ["type": "external", "policies": [.string(name)]])
            let alias = await server.call(
                .update, "identity/group-alias",
                [
                    "name": .string(name), "mount_accessor": .string(accessor),
                    "canonical_id": .string(group),
                ])
            return try #require(alias.data?["id"]?.stringValue)
        }
        let devAlias = try await externalGroup("dev", at: accessor)
        _ = try await externalGroup("ops", at: accessor)
        let entity = try await identity.entityForLogin(mountAccessor: accessor, aliasName: "alice")
        let token = try await server.token(["default"], ofEntity: entity)
        let paths = ["echo/dev", "echo/ops"]
        try await identity.refreshExternalGroups(
            entity, groupNames: ["DEV", "unknown"], mountAccessor: accessor)
        #expect(await server.statuses(paths, token: token) == [200, 403])
        let members = await server.call(.read, "identity/group/name/dev")
        #expect(members.data?["member_entity_ids"] == [.string(entity)])
        // Another mount says nothing about this one's groups.
        try await identity.refreshExternalGroups(
            entity, groupNames: [], mountAccessor: "auth_other")
        #expect(await server.statuses(paths, token: token) == [200, 403])
        // Sealing does not lose them.
        try await server.core.seal()
        for share in server.shares { try await server.core.unseal(share: share) }
        #expect(await server.statuses(paths, token: token) == [200, 403])
        let unsealed = try server.core.rootState().identity
        try await unsealed.refreshExternalGroups(
            entity, groupNames: ["dev", "ops"], mountAccessor: accessor)
        #expect(await server.statuses(paths, token: token) == [200, 200])
        // The alias is what vouches for the members.
        _ = await server.call(.delete, "identity/group-alias/id/\(devAlias)")
        #expect(await server.statuses(paths, token: token) == [403, 200])
        try await unsealed.refreshExternalGroups(
            entity, groupNames: [], mountAccessor: accessor)
        #expect(await server.statuses(paths, token: token) == [403, 403])
    }
}
