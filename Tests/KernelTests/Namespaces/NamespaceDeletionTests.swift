// A namespace goes with everything that is in it, and does not come back.

import Barrier
import Cryptography
import JSON
import Kernel
import KernelTesting
import Paths
import Storage
import Testing

@testable import Kernel

@Suite("deleting namespaces") struct NamespaceDeletionTests {
    /// A server with a credential engine at `db/` of the namespace `a/`.
    private struct Scene {
        let server: TestCore
        let desk: CredentialDesk
        let id: String
        let token: String

        init(store: any PhysicalStore = MemoryStore()) async throws {
            desk = CredentialDesk()
            server = try await TestCore(
                [desk.engine, .store], store: store, shares: 1, threshold: 1,
                settings: LeaseServer.impatient)
            try await server.core.unseal(share: server.shares[0])
            let made = await server.call(.update, "sys/namespaces/a")
            id = try #require(made.data?["id"]?.stringValue)
            _ = await server.call(
                .update, "sys/mounts/db", ["type": .string(desk.name)], namespace: "a")
            _ = await server.call(.update, "sys/mounts/kv", ["type": "store"], namespace: "a")
            _ = await server.call(.update, "kv/x", ["v": "1"], namespace: "a")
            _ = await server.call(
                .update, "sys/policies/acl/p", ["policy": .string(everything("*"))],
                namespace: "a")
            token = try await server.call(
                .update, "auth/token/create", ["policies": ["p"]], namespace: "a"
            ).requireToken()
            let lease = await server.call(.read, "db/creds/x", token: token, namespace: "a")
            #expect(lease.leaseID.hasSuffix("." + id))
            #expect(desk.living.count == 1)
        }

        func isGone(_ server: TestCore) throws -> Bool {
            try server.storedKeys().allSatisfy { !$0.contains(id) }
        }
    }

    @Test("leases are revoked, tokens, data, key and processes are gone") func everythingGoes()
        async throws
    {
        let scene = try await Scene()
        let answer = await scene.server.call(.delete, "sys/namespaces/a")
        #expect(answer.data?["status"] == "in-progress")
        try await eventually("it is gone") { try scene.isGone(scene.server) }
        #expect(scene.desk.living.isEmpty)
        #expect(scene.server.launcher.endedNamespaces == [scene.id])
        #expect(await scene.server.call(.read, "sys/namespaces/a").status == 404)
        #expect(
            await scene.server.call(.read, "kv/x", token: scene.token, namespace: "a").status
                == 403)
    }

    @Test("no request gets in while it goes, with whatever token") func closed() async throws {
        let scene = try await Scene()
        scene.desk.mood = .hanging
        _ = await scene.server.call(.delete, "sys/namespaces/a")
        let shown = await scene.server.call(.read, "sys/namespaces/a")
        #expect(shown.data?["tainted"] == true)
        for token in [scene.token, nil] {
            let header = await scene.server.call(.read, "kv/x", token: token, namespace: "a")
            #expect(header.status == 403)
            let path = await scene.server.call(.read, "a/kv/x", token: token)
            #expect(path.status == (token == nil ? 404 : 403))
        }
        #expect(await scene.server.call(.update, "sys/namespaces/a").status == 400)
        #expect(await scene.server.call(.update, "sys/mounts/a", ["type": "store"]).status == 400)
        scene.desk.mood = .well
        try await eventually("it is gone") { try scene.isGone(scene.server) }
    }

    @Test("an engine that fails does not keep its namespace") func failingEngine() async throws {
        let scene = try await Scene()
        scene.desk.mood = .failing
        _ = await scene.server.call(.delete, "sys/namespaces/a")
        try await eventually("it is gone") { try scene.isGone(scene.server) }
        #expect(scene.desk.revocations > 0)
    }

    @Test("one with children stays, and goes after them") func children() async throws {
        let scene = try await Scene()
        _ = await scene.server.call(.update, "sys/namespaces/b", namespace: "a")
        let refused = await scene.server.call(.delete, "sys/namespaces/a")
        #expect(refused.status == 400)
        #expect(refused.errors.first?.contains("child namespaces") == true)
        _ = await scene.server.call(.delete, "sys/namespaces/b", namespace: "a")
        await eventually("the child is gone") {
            await scene.server.call(.list, "sys/namespaces", namespace: "a").status == 404
        }
        #expect(await scene.server.call(.delete, "sys/namespaces/a").status == 200)
    }

    @Test("its name can be given again, to somebody else") func again() async throws {
        let scene = try await Scene()
        _ = await scene.server.call(.delete, "sys/namespaces/a")
        await eventually("it is gone") {
            await scene.server.call(.read, "sys/namespaces/a").status == 404
        }
        let made = await scene.server.call(.update, "sys/namespaces/a")
        #expect(made.data?["id"] != .string(scene.id))
        _ = await scene.server.call(.update, "sys/mounts/kv", ["type": "store"], namespace: "a")
        #expect(await scene.server.call(.read, "kv/x", namespace: "a").status == 404)
        #expect(
            await scene.server.call(
                .read, "auth/token/lookup-self", token: scene.token, namespace: "a"
            ).status == 403)
    }

    @Test("deleting what is not there says so") func absent() async throws {
        let server = try await TestCore()
        let answer = await server.call(.delete, "sys/namespaces/a")
        #expect(answer.status == 200)
        #expect(answer.warnings == ["requested namespace does not exist"])
    }

    @Test("a server that is killed in the middle goes on after its restart", arguments: 0..<20)
    func killed(commits: Int) async throws {
        let inner = MemoryStore()
        let store = CrashingStore(inner)
        let scene = try await Scene(store: store)
        store.crash(after: commits)
        let answer = await scene.server.call(.delete, "sys/namespaces/a")
        // Nothing was promised.
        guard answer.status == 200 else { return #expect(commits == 0) }
        try await eventually("it is killed or done") {
            try store.hasCrashed || scene.isGone(scene.server)
        }
        let next = try await scene.server.restarted(
            on: inner, [scene.desk.engine, .store], settings: LeaseServer.impatient)
        try await eventually("it is gone") { try scene.isGone(next) }
        #expect(scene.desk.living.isEmpty)
        #expect(await next.call(.read, "sys/namespaces/a").status == 404)
    }

    @Test("what somebody puts back of a deleted namespace cannot be read") func restored()
        async throws
    {
        let store = MemoryStore()
        let scene = try await Scene(store: store)
        let kept = try scene.server.storedKeys().filter { $0.hasPrefix("ns/\(scene.id)/") }
        var batch = StoreBatch()
        for key in kept {
            if let stored = try store.get(key) { batch.puts.append((key, stored.bytes)) }
        }
        _ = await scene.server.call(.delete, "sys/namespaces/a")
        try await eventually("it is gone") { try scene.isGone(scene.server) }
        _ = try await store.commit(batch)
        let barrier = scene.server.core.barrier
        for key in kept {
            #expect(throws: BarrierError.self) { try barrier.get(key) }
        }
        let next = try await scene.server.restarted([scene.desk.engine, .store])
        try await eventually("it is removed again") { try scene.isGone(next) }
    }
}
