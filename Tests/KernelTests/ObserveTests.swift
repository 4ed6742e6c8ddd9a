import Barrier
import Cryptography
import JSON
import Kernel
import KernelTesting
import Logging
import Paths
import Testing

@Suite struct ObserveTests {
    private func prometheus(_ server: TestCore) async -> String {
        await server.call(.read, "sys/metrics", ["format": "prometheus"]).data?.stringValue ?? ""
    }

    private func value(_ name: String, _ server: TestCore) async -> Double? {
        for line in await prometheus(server).split(separator: "\n") {
            let parts = line.split(separator: " ")
            if parts.count == 2, parts[0] == name { return Double(parts[1]) }
        }
        return nil
    }

    @Test("every answered request is counted once, the refused ones too, and none stays in flight")
    func requestsAreCounted() async throws {
        let server = try await TestCore()
        let name = "vault_core_handle_request_count"
        let before = try #require(await value(name, server))
        for _ in 0..<3 { _ = await server.call(.read, "sys/mounts") }
        _ = await server.call(.read, "sys/mounts", token: "wrong")
        _ = await server.call(.read, "nowhere/at/all")
        // The look itself is counted when it is over.
        #expect(await value(name, server) == before + 6)
        #expect(await value("vault_core_in_flight_requests", server) == 1)
    }

    @Test("logins are counted apart from other requests")
    func loginsAreCounted() async throws {
        var type = FakeEngineType.echo
        type.kind = .auth
        type.unauthenticated = ["login"]
        let server = try await TestCore([type])
        #expect(
            await server.call(.update, "sys/auth/echo", ["type": "echo"]).status == 204)
        _ = await server.call(.read, "auth/echo/login", token: "")
        #expect(await value("vault_core_handle_login_request_count", server) == 1)
    }

    @Test("a mount's timings are removed with it, and those of its successor stay")
    func routeTimings() async throws {
        let server = try await TestCore()
        let name = "vault_route_read_echo__count"
        _ = await server.call(.update, "sys/mounts/echo", ["type": "echo"])
        _ = await server.call(.read, "echo/a")
        #expect(await value(name, server) == 1)
        _ = await server.call(.delete, "sys/mounts/echo")
        #expect(await value(name, server) == nil)
        _ = await server.call(.update, "sys/mounts/echo", ["type": "echo"])
        _ = await server.call(.read, "echo/a")
        #expect(await value(name, server) == 1)
    }

    @Test("the version that opened the store is remembered once")
    func versionHistory() async throws {
        let server = try await TestCore()
        let first = await server.call(.list, "sys/version-history/")
        #expect(first.data?["keys"] == [.string(CofferVersion.text)])
        let info = try #require(first.data?["key_info"]?[CofferVersion.text])
        #expect(info["previous_version"] == .null)
        try await server.core.seal()
        for share in server.shares { try await server.core.unseal(share: share) }
        #expect(await server.call(.list, "sys/version-history/").data == first.data)
    }

    @Test("another version names the one before it")
    func secondVersion() async throws {
        var settings = CoreSettings()
        settings.version = "0.0.9"
        let old = try await TestCore(settings: settings)
        let new = Core(
            barrier: Barrier(store: old.store), launcher: old.launcher, settings: CoreSettings(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        for share in old.shares { try await new.unseal(share: share) }
        let history = await old.call(.list, "sys/version-history/")
        #expect(history.data?["keys"] == ["0.0.9", .string(CofferVersion.text)])
        let info = try #require(history.data?["key_info"]?[CofferVersion.text])
        #expect(info["previous_version"] == "0.0.9")
    }

    @Test("made tokens, leases and refused leases show in the metrics")
    func tokenAndLeaseFigures() async throws {
        let door = FakeEngineType("door", kind: .auth, unauthenticated: ["login"]) { _, _ in
            .success(
                BackendAnswer(auth: AuthGrant(policies: [], displayName: "a", ttlSeconds: 600)))
        }
        let server = try await TestCore([door])
        func made(_ ttl: String, _ type: String, _ method: String = "token") async -> Double? {
            let labels =
                "{auth_method=\"\(method)\",creation_ttl=\"\(ttl)\","
                + "mount_point=\"auth/\(method)/\",namespace=\"root\",token_type=\"\(type)\"}"
            return await value("vault_token_creation" + labels, server)
        }
        #expect(await made("1h", "service") == nil)
        for ttl in ["1h", "59m", "61m"] {
            _ = try await server.token(["default"], ["ttl": .string(ttl)])
        }
        _ = try await server.token(["default"], ["ttl": "60s", "type": "batch"])
        _ = try await server.token(["root"])
        _ = await server.call(.update, "sys/auth/door", ["type": "door"])
        _ = await server.call(.update, "auth/door/login", [:], token: "")
        #expect(await made("1h", "service") == 2)
        #expect(await made("2h", "service") == 1)
        #expect(await made("1m", "batch") == 1)
        #expect(await made("+Inf", "service") == 1)
        #expect(await made("10m", "service", "door") == 1)
        #expect(await value("vault_expire_num_leases", server) == 0)
        #expect(await value("vault_expire_num_irrevocable_leases", server) == 0)
        #expect(await value("vault_quota_lease_count_violation", server) == 0)
    }

    @Test("what tenants do is told apart by the namespace") func namespaceLabels() async throws {
        let server = try await TestCore()
        for namespace in ["a", "b"] {
            _ = await server.call(.update, "sys/namespaces/\(namespace)")
            _ = await server.call(
                .update, "sys/mounts/echo", ["type": "echo"], namespace: namespace)
        }
        _ = await server.call(.update, "sys/mounts/echo", ["type": "echo"])
        for (namespace, count) in [("a", 1), ("b", 2), ("", 3)] {
            for _ in 0..<count { _ = await server.call(.read, "echo/x", namespace: namespace) }
        }
        let reads = "vault_route_read_echo__count"
        #expect(await value(reads + "{namespace=\"a\"}", server) == 1)
        #expect(await value(reads + "{namespace=\"b\"}", server) == 2)
        #expect(await value(reads, server) == 3)
        _ = await server.call(
            .update, "auth/token/create", ["policies": ["default"], "ttl": "1h"], namespace: "a")
        let tokens =
            "vault_token_creation{auth_method=\"token\",creation_ttl=\"1h\","
            + "mount_point=\"auth/token/\",namespace=\"a\",token_type=\"service\"}"
        #expect(await value(tokens, server) == 1)
        _ = await server.call(.update, "identity/entity", ["name": "e"], namespace: "b")
        let entities = "vault_identity_entity_count{namespace="
        #expect(await value(entities + "\"b\"}", server) == 1)
        #expect(await value(entities + "\"root\"}", server) == 0)
    }

    @Test("how near quotas are to what they allow is a gauge") func quotaGauges() async throws {
        let server = try await TestCore()
        _ = await server.call(.update, "sys/namespaces/a")
        _ = await server.call(.update, "sys/mounts/echo", ["type": "echo"], namespace: "a")
        _ = await server.call(
            .update, "sys/quotas/namespace/q",
            ["path": "a", "max_mounts": 4, "max_storage_bytes": 1_000_000])
        _ = await server.call(.update, "sys/quotas/lease-count/l", ["max_leases": 7])
        let labels = "{name=\"q\"}"
        #expect(await value("vault_quota_namespace_max_mounts" + labels, server) == 4)
        #expect(await value("vault_quota_namespace_mounts" + labels, server) == 1)
        #expect(
            await value("vault_quota_namespace_max_storage_bytes" + labels, server) == 1_000_000)
        await eventually("what is stored is counted") {
            (await value("vault_quota_namespace_storage_bytes" + labels, server) ?? 0) > 100
        }
        #expect(await value("vault_quota_lease_count_max{name=\"l\"}", server) == 7)
        #expect(await value("vault_quota_lease_count_counter{name=\"l\"}", server) == 0)
    }

    @Test("tokens are counted")
    func tokenCounter() async throws {
        let server = try await TestCore()
        func count() async -> Int? {
            await server.call(.read, "sys/internal/counters/tokens")
                .data?["counters"]?["service_tokens"]?["total"]?.intValue
        }
        #expect(await count() == 1)
        _ = try await server.token(["default"])
        #expect(await count() == 2)
    }

    @Test("the machine is described in Vault's members")
    func hostInfo() async throws {
        let server = try await TestCore()
        let data = try #require(await server.call(.read, "sys/host-info").data)
        #expect(data["cpu"]?.arrayValue?.isEmpty == false)
        #expect(data["cpu_times"]?.arrayValue?.first?["cpu"] == "cpu0")
        #expect(data["disk"]?.arrayValue?.first?["total"]?.intValue ?? 0 > 0)
        #expect(data["memory"]?["total"]?.intValue ?? 0 > 0)
        #expect(data["host"]?["uptime"]?.intValue ?? 0 > 0)
    }

    @Test(
        "what this server does not have is said",
        arguments: ["sys/pprof/heap", "sys/pprof/", "sys/internal/counters/activity"])
    func absent(_ path: String) async throws {
        let server = try await TestCore()
        let response = await server.call(.read, path)
        #expect(response.status == 404)
        #expect(response.errors.first?.isEmpty == false)
    }

    @Test(
        "none of it is shown to somebody without rights",
        arguments: [
            "sys/metrics", "sys/in-flight-req", "sys/host-info", "sys/config/state/sanitized",
            "sys/internal/counters/tokens", "sys/version-history/", "sys/internal/ui/namespaces",
        ])
    func rights(_ path: String) async throws {
        let server = try await TestCore()
        let token = try await server.token(["default"])
        let operation: Paths.Operation = path.hasSuffix("/") ? .list : .read
        #expect(await server.call(operation, path, token: token).status == 403)
        #expect(await server.call(operation, path, token: "").status == 403)
    }
}
