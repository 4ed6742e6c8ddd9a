// How much a tenant may use: storage and mounts, for it and all below it.

import Clock
import JSON
import KernelTesting
import Paths
import Storage
import Synchronization
import Testing

@testable import Kernel

@Suite("bounds of namespaces") struct NamespaceBoundsTests {
    private let path = "sys/quotas/namespace/q"

    private func use(_ server: TestCore, _ field: String) async -> Int? {
        await server.call(.read, path).data?[field]?.intValue
    }

    /// Sets a quota and waits until what is there is counted.
    private func bound(
        _ server: TestCore, _ body: JSONValue, _ location: SourceLocation = #_sourceLocation
    ) async {
        let answer = await server.call(.update, path, body)
        #expect(answer.status == 204, "\(answer.errors)", sourceLocation: location)
        await counted(server)
    }

    private func counted(_ server: TestCore) async {
        await eventually("everything is counted") {
            await server.call(.read, path).warnings.isEmpty
        }
    }

    private func value(_ count: Int) -> JSONValue {
        ["value": .string(String(repeating: "x", count: count))]
    }

    /// What is stored of a namespace, entry by entry.
    private func stored(_ server: TestCore, _ id: String) throws -> Int {
        try server.storedKeys().filter { $0.hasPrefix("ns/\(id)/") }
            .reduce(0) { try $0 + $1.utf8.count + (server.store.get($1)?.bytes.count ?? 0) }
    }

    @Test("a quota is made, shown, changed in part, listed and deleted") func life() async throws {
        let tenants = try await Tenants()
        #expect(await tenants.server.call(.list, "sys/quotas/namespace/").status == 404)
        try await tenants.expect(
            204, .update, path,
            [
                "path": "a", "max_mounts": 5, "max_plugin_processes": "7",
                "max_plugin_memory": 67_108_864,
            ])
        let shown = await tenants.server.call(.read, path).data
        #expect(
            shown == [
                "name": "q", "path": "a/", "type": "namespace", "max_storage_bytes": 0,
                "max_mounts": 5, "max_plugin_processes": 7, "max_plugin_memory": 67_108_864,
                "mounts": 2, "plugin_processes": 0,
            ])
        await bound(tenants.server, ["max_storage_bytes": 1_000_000, "max_plugin_processes": 0])
        let changed = await tenants.server.call(.read, path).data
        #expect(changed?["max_mounts"] == 5)
        #expect(changed?["max_plugin_processes"] == 0)
        #expect(changed?["max_storage_bytes"] == 1_000_000)
        #expect((changed?["storage_bytes"]?.intValue ?? 0) > 100)
        #expect(
            await tenants.server.call(.list, "sys/quotas/namespace/").data?["keys"] == ["q"])
        try await tenants.expect(204, .delete, path)
        #expect(await tenants.server.call(.read, path).status == 404)
    }

    @Test(
        "what makes no sense is refused",
        arguments: [
            ["path": "", "max_mounts": 1], ["max_mounts": 1], ["path": "none", "max_mounts": 1],
            ["path": "a/kv", "max_mounts": 1], ["path": "a/kv/*", "max_mounts": 1],
            ["path": "a"], ["path": "a", "max_mounts": 0], ["path": "a", "max_mounts": -1],
            ["path": "a", "max_mounts": "many"], ["path": "a", "max_storage_bytes": "1.5"],
            ["path": "a", "max_storage_bytes": 99_999_999_999_999_999],
            ["path": "a", "max_plugin_memory": 1000],
            ["path": "a", "max_mounts": 1, "type": "lease-count"],
        ] as [JSONValue])
    func refusals(_ body: JSONValue) async throws {
        let tenants = try await Tenants()
        let isHuge = body["max_storage_bytes"]?.intValue == 99_999_999_999_999_999
        // A bound that nobody reaches is one.
        try await tenants.expect(isHuge ? 204 : 400, .update, path, body)
    }

    @Test("a namespace has one quota of the kind") func similar() async throws {
        let tenants = try await Tenants()
        await bound(tenants.server, ["path": "a", "max_mounts": 5])
        try await tenants.expect(
            400, .update, "sys/quotas/namespace/r", ["path": "a/", "max_mounts": 9])
        try await tenants.expect(
            204, .update, "sys/quotas/namespace/r", ["path": "a/sub", "max_mounts": 9])
    }

    @Test("a tenant sees none of it and changes none of it") func tenant() async throws {
        let tenants = try await Tenants()
        await bound(tenants.server, ["path": "a", "max_mounts": 5])
        let token = try await tenants.token(in: "a", policy: everything("*"))
        for (namespace, prefix) in [("a", ""), ("", ""), ("", "a/")] {
            for operation in [Paths.Operation.read, .update, .delete] {
                let answer = await tenants.server.call(
                    operation, prefix + path, ["max_mounts": 99], token: token,
                    namespace: namespace)
                #expect(answer.status >= 400 && answer.data == nil)
            }
        }
        #expect(await tenants.server.call(.read, path).data?["max_mounts"] == 5)
    }

    // MARK: Mounts

    @Test("no more mounts than allowed, in the namespace and below it together")
    func mounts() async throws {
        let tenants = try await Tenants()
        await bound(tenants.server, ["path": "a", "max_mounts": 3])
        try await tenants.expect(
            204, .update, "sys/mounts/one", ["type": "echo"], in: "a/sub")
        for namespace in ["a", "a/sub"] {
            let refused = try await tenants.expect(
                429, .update, "sys/mounts/two", ["type": "echo"], in: namespace)
            #expect(
                refused.errors == [
                    "namespace quota \"q\" of \"a/\" exceeded: at most 3 mounts can be there "
                        + "(max_mounts)"
                ])
        }
        // The neighbour has no part in it, and room comes back.
        try await tenants.expect(204, .update, "sys/mounts/two", ["type": "echo"], in: "b")
        try await tenants.expect(204, .delete, "sys/mounts/one", in: "a/sub")
        try await tenants.expect(204, .update, "sys/mounts/two", ["type": "echo"], in: "a")
        #expect(await use(tenants.server, "mounts") == 3)
    }

    @Test("a mount that fails gives its place back") func failedMount() async throws {
        let tenants = try await Tenants()
        await bound(tenants.server, ["path": "a", "max_mounts": 3])
        for _ in 0..<3 {
            try await tenants.expect(
                400, .update, "sys/mounts/x", ["type": "none"], in: "a")
        }
        #expect(await use(tenants.server, "mounts") == 2)
        try await tenants.expect(204, .update, "sys/mounts/x", ["type": "echo"], in: "a")
    }

    @Test("many mounts at once in several namespaces do not go over the bound")
    func concurrentMounts() async throws {
        let tenants = try await Tenants()
        try await tenants.make("other", in: "a")
        await bound(tenants.server, ["path": "a", "max_mounts": 7])
        let server = tenants.server
        let made = await withTaskGroup(of: Int.self) { group in
            for n in 0..<30 {
                group.addTask {
                    await server.call(
                        .update, "sys/mounts/m\(n)", ["type": "echo"],
                        namespace: ["a", "a/sub", "a/other"][n % 3]
                    ).status
                }
            }
            return await group.reduce(into: 0) { if $1 == 204 { $0 += 1 } }
        }
        #expect(made == 5)
        #expect(await use(server, "mounts") == 7)
    }

    // MARK: Storage

    @Test("a full namespace writes no more, its neighbour does, and deleting makes room")
    func storage() async throws {
        let tenants = try await Tenants()
        let server = tenants.server
        let id = try await tenants.id(of: "a")
        let sub = try await tenants.id(of: "a/sub")
        await bound(server, ["path": "a", "max_storage_bytes": 40_000])
        var written = 0
        var refused: TestResponse?
        while refused == nil, written < 100 {
            let namespace = written % 2 == 0 ? "a" : "a/sub"
            let answer = await server.call(
                .update, "kv/\(written)", value(2000), namespace: namespace)
            if answer.status == 204 { written += 1 } else { refused = answer }
        }
        #expect((10...19).contains(written))
        #expect(refused?.status == 429)
        #expect(
            refused?.errors == [
                "namespace quota \"q\" of \"a/\" exceeded: at most 40000 bytes of storage can be "
                    + "used (max_storage_bytes)"
            ])
        let shown = await use(server, "storage_bytes")
        #expect(shown == (try stored(server, id) + stored(server, sub)))
        #expect((38_000...40_000).contains(shown ?? 0))
        try await tenants.expect(204, .update, "kv/x", value(20_000), in: "b")
        // What is there can be read and made smaller.
        try await tenants.expect(200, .read, "kv/0", in: "a")
        try await tenants.expect(204, .update, "kv/0", value(10), in: "a")
        try await tenants.expect(204, .update, "kv/new", value(1000), in: "a")
        try await tenants.expect(204, .delete, "sys/mounts/kv", in: "a/sub")
        #expect((await use(server, "storage_bytes") ?? 0) < 25_000)
        #expect(
            await use(server, "storage_bytes") == (try stored(server, id) + stored(server, sub)))
    }

    @Test("the count survives a restart, and so does the bound") func restart() async throws {
        let tenants = try await Tenants()
        await bound(tenants.server, ["path": "a", "max_storage_bytes": 30_000])
        try await tenants.expect(204, .update, "kv/x", value(20_000), in: "a")
        let before = await use(tenants.server, "storage_bytes")
        let next = try await tenants.server.restarted([.echo, .store])
        await counted(next)
        #expect(await use(next, "storage_bytes") == before)
        #expect(
            await next.call(.update, "kv/y", value(20_000), namespace: "a").status == 429)
        #expect(await next.call(.update, "kv/y", value(20_000), namespace: "b").status == 204)
    }

    @Test("who has filled a namespace can still log in and out, but not for ever")
    func reserve() async throws {
        let tenants = try await Tenants()
        let server = tenants.server
        await bound(server, ["path": "a", "max_storage_bytes": 10_000])
        try await tenants.expect(
            204, .update, "sys/policies/acl/p", ["policy": .string(everything("*"))], in: "a")
        while await server.call(
            .update, "kv/x\(await use(server, "storage_bytes") ?? 0)", value(100), namespace: "a"
        ).status == 204 {}
        // What people keep in the core's own tables is refused like an engine's.
        try await tenants.expect(
            429, .update, "sys/policies/acl/large", ["policy": .string(everything("*"))], in: "a")
        try await tenants.expect(
            429, .update, "sys/wrapping/wrap", ["a": "b"], in: "a", wrapTTL: 60)
        var tokens: [String] = []
        var last = 200
        while last == 200, tokens.count < 2000 {
            let answer = await server.call(
                .update, "auth/token/create", ["policies": ["p"], "no_parent": true],
                namespace: "a")
            last = answer.status
            if let token = try? answer.requireToken() { tokens.append(token) }
        }
        #expect(last == 429)
        #expect((20..<1500).contains(tokens.count))
        let token = try #require(tokens.first)
        try await tenants.expect(
            429, .update, "cubbyhole/x", value(100), in: "a", token: token)
        try await tenants.expect(200, .update, "auth/token/renew-self", in: "a", token: token)
        try await tenants.expect(204, .update, "auth/token/revoke-self", in: "a", token: token)
        for token in tokens.dropFirst() {
            try await tenants.expect(
                204, .update, "auth/token/revoke", ["token": .string(token)], in: "a")
        }
        #expect((await use(server, "storage_bytes") ?? 0) <= 10_000)
    }

    @Test("no credential is lost in a full namespace: it is refused or undone, and leases end")
    func leases() async throws {
        let leases = try await LeaseServer()
        let (server, desk) = (leases.server, leases.desk)
        _ = await server.call(.update, "sys/namespaces/a")
        _ = await server.call(
            .update, "sys/mounts/db", ["type": .string(desk.name)], namespace: "a")
        let first = await server.call(.read, "db/creds/x", namespace: "a")
        #expect(first.status == 200)
        // Far below what is there, with the reserve: nothing at all may grow.
        await bound(server, ["path": "a", "max_storage_bytes": 1])
        var kept = 1
        while await server.call(.read, "db/creds/x", namespace: "a").status == 200, kept < 2000 {
            kept += 1
        }
        #expect(kept < 1000)
        await eventually("the refused one is undone") { desk.living.count == kept }
        // With an intent it is not even made.
        let made = desk.made
        #expect(await server.call(.read, "db/careful/x", namespace: "a").status >= 400)
        #expect(desk.living.count == kept && desk.made <= made + 1)
        desk.mood = .failing
        _ = await server.call(
            .update, "sys/leases/revoke", ["lease_id": .string(first.leaseID)], namespace: "a")
        desk.mood = .well
        _ = await server.call(.update, "sys/leases/revoke-prefix/db", namespace: "a")
        await eventually("all are revoked") { desk.living.isEmpty }
    }

    @Test("keys that sign identity tokens are replaced in a full namespace too")
    func rotation() async throws {
        let tenants = try await Tenants()
        _ = await tenants.server.call(
            .update, "identity/oidc/key/k",
            ["algorithm": "ES256", "rotation_period": "1h", "verification_ttl": "1h"],
            namespace: "a")
        _ = await tenants.server.call(
            .update, "identity/oidc/role/r", ["key": "k"], namespace: "a")
        await bound(tenants.server, ["path": "a", "max_storage_bytes": 1])
        let node = try tenants.server.core.activeState().namespaces.tree.value[path: "a/"]
        let oidc = try #require(node?.state?.oidc)
        let rotated = try await oidc.maintain(now: Timestamp.now.adding(seconds: 7200).seconds)
        #expect(rotated.contains { $0.text == "k" })
        // People's own changes wait for room.
        try await tenants.expect(
            429, .update, "identity/oidc/key/other", ["algorithm": "ES256"], in: "a")
    }

    @Test("namespaces that come and go are counted as long as they are there")
    func comingAndGoing() async throws {
        let tenants = try await Tenants()
        let server = tenants.server
        await bound(server, ["path": "a", "max_storage_bytes": 50_000])
        try await tenants.make("late", in: "a")
        try await tenants.expect(204, .update, "sys/mounts/kv", ["type": "store"], in: "a/late")
        await counted(server)
        try await tenants.expect(204, .update, "kv/x", value(40_000), in: "a/late")
        try await tenants.expect(429, .update, "kv/x", value(20_000), in: "a")
        try await tenants.expect(200, .delete, "sys/namespaces/late", in: "a")
        await eventually("its storage is free") {
            await server.call(.update, "kv/x", value(20_000), namespace: "a").status == 204
        }
        let ids = [try await tenants.id(of: "a"), try await tenants.id(of: "a/sub")]
        try await eventually("the count is what is left") {
            let real = try ids.reduce(0) { try $0 + stored(server, $1) }
            return await use(server, "storage_bytes") == real
        }
    }

    @Test("a namespace's bounds go with it") func deletion() async throws {
        let tenants = try await Tenants()
        await bound(tenants.server, ["path": "b", "max_storage_bytes": 10_000, "max_mounts": 1])
        try await tenants.expect(200, .delete, "sys/namespaces/b")
        await eventually("the quota is gone") {
            await tenants.server.call(.read, path).status == 404
        }
    }

    @Test("an engine's host hears at any time what holds for its mount") func host() async throws {
        let seen = SeenBounds()
        let type = FakeEngineType("asks") { _, mount in
            seen.note(mount.bounds())
            return .success(BackendAnswer())
        }
        let tenants = try await Tenants([type, .store])
        try await tenants.expect(204, .update, "sys/mounts/m", ["type": "asks"], in: "a/sub")
        try await tenants.expect(404, .read, "m/x", in: "a/sub")
        #expect(seen.last == [])
        await bound(tenants.server, ["path": "a", "max_plugin_processes": 3])
        try await tenants.expect(
            204, .update, "sys/quotas/namespace/inner",
            ["path": "a/sub", "max_plugin_memory": 20_000_000])
        try await tenants.expect(404, .read, "m/x", in: "a/sub")
        #expect(
            seen.last == [
                NamespaceBounds(quota: "inner", of: "a/sub/", pluginMemoryBytes: 20_000_000),
                NamespaceBounds(quota: "q", of: "a/", pluginProcesses: 3),
            ])
    }
}

/// What an engine was told last.
private final class SeenBounds: Sendable {
    private let bounds = Mutex<[NamespaceBounds]?>(nil)

    var last: [NamespaceBounds]? { bounds.withLock { $0 } }

    func note(_ new: [NamespaceBounds]) { bounds.withLock { $0 = new } }
}
