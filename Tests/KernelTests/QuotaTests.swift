import JSON
import Kernel
import KernelTesting
import Paths
import Testing

@Suite struct QuotaTests {
    private func refused(
        _ server: TestCore, _ path: String, _ count: Int, from address: String = "192.0.2.1"
    ) -> Int {
        (0..<count).count { _ in
            let verdict = server.pipeline.checkRateLimit(
                path: path, namespace: "", remoteAddress: address)
            if case .refused = verdict { return true }
            return false
        }
    }

    private func limit(
        _ server: TestCore, _ name: String, _ body: JSONObject
    ) async -> TestResponse {
        await server.call(.update, "sys/quotas/rate-limit/\(name)", .object(body))
    }

    @Test("a quota is read back as Vault shows it, listed, changed in part and deleted")
    func life() async throws {
        let server = try await TestCore()
        #expect(await server.call(.list, "sys/quotas/rate-limit/").status == 404)
        #expect(
            await limit(server, "all", ["rate": "897.3", "interval": "2m", "block_interval": "5m"])
                .status == 204)
        let shown = await server.call(.read, "sys/quotas/rate-limit/all").data
        let text = """
            {"block_interval": 300, "inheritable": true, "interval": 120, "name": "all",
            "path": "", "rate": 897.3, "role": "", "type": "rate-limit"}
            """
        #expect(shown == (try JSONValue(parsing: text)))
        #expect(await server.call(.list, "sys/quotas/rate-limit/").data?["keys"] == ["all"])
        #expect(await limit(server, "all", ["rate": "5"]).status == 204)
        let changed = await server.call(.read, "sys/quotas/rate-limit/all").data
        #expect(changed?["rate"] == 5 && changed?["interval"] == 120)
        #expect(await server.call(.delete, "sys/quotas/rate-limit/all").status == 204)
        #expect(await server.call(.read, "sys/quotas/rate-limit/all").status == 404)
    }

    @Test("without a quota nobody is limited, with one each address is by itself")
    func perAddress() async throws {
        let server = try await TestCore()
        #expect(refused(server, "sys/mounts", 1000) == 0)
        _ = await limit(server, "all", ["rate": 10, "interval": 3600])
        #expect(refused(server, "sys/mounts", 15) == 5)
        #expect(refused(server, "sys/mounts", 10, from: "192.0.2.2") == 0)
        _ = await server.call(.delete, "sys/quotas/rate-limit/all")
        #expect(refused(server, "sys/mounts", 1000) == 0)
    }

    @Test("a mount's quota counts instead of the global one, and is of that mount only")
    func perMount() async throws {
        let server = try await TestCore()
        _ = await server.call(.update, "sys/mounts/echo", ["type": "echo"])
        _ = await limit(server, "all", ["rate": 100, "interval": 3600])
        _ = await limit(server, "echo", ["rate": 2, "interval": 3600, "path": "echo"])
        _ = await limit(server, "one", ["rate": 5, "interval": 3600, "path": "echo/a/*"])
        #expect(refused(server, "echo/b", 3) == 1)
        #expect(refused(server, "echo/a/b", 6) == 1)
        #expect(refused(server, "sys/mounts", 50) == 0)
    }

    @Test("exempt paths are never limited")
    func exempt() async throws {
        let server = try await TestCore()
        _ = await limit(server, "all", ["rate": 1, "interval": 3600])
        #expect(refused(server, "sys/seal-status", 50) == 0)
        #expect(refused(server, "sys/mounts", 3) == 2)
        _ = await server.call(
            .update, "sys/quotas/config", ["rate_limit_exempt_paths": ["sys/mou*"]])
        #expect(refused(server, "sys/mounts", 50) == 0)
        #expect(refused(server, "sys/seal-status", 3) == 3)
    }

    @Test("quotas and their settings are there again after a seal, and not in force while sealed")
    func afterSeal() async throws {
        let server = try await TestCore()
        _ = await limit(server, "all", ["rate": 1, "interval": 3600])
        _ = await server.call(
            .update, "sys/quotas/config", ["enable_rate_limit_response_headers": true])
        try await server.core.seal()
        #expect(refused(server, "sys/health", 10) == 0)
        for share in server.shares { try await server.core.unseal(share: share) }
        #expect(refused(server, "sys/mounts", 3) == 2)
        let settings = await server.call(.read, "sys/quotas/config").data
        #expect(settings?["enable_rate_limit_response_headers"] == true)
    }

    @Test("response headers tell what is left, if they are switched on")
    func headers() async throws {
        let server = try await TestCore()
        _ = await limit(server, "all", ["rate": 2, "interval": 3600])
        _ = await server.call(
            .update, "sys/quotas/config", ["enable_rate_limit_response_headers": true])
        func headers() -> [String: String] {
            let verdict = server.pipeline.checkRateLimit(
                path: "sys/mounts", namespace: "", remoteAddress: "192.0.2.9")
            switch verdict {
            case .unlimited: return [:]
            case .allowed(let pairs), .refused(_, let pairs, _):
                return Dictionary(pairs.map { ($0.name, $0.value) }) { $1 }
            }
        }
        #expect(
            headers() == [
                "X-Ratelimit-Limit": "2", "X-Ratelimit-Remaining": "1", "X-Ratelimit-Reset": "1800",
            ])
        _ = headers()
        let last = headers()
        #expect(last["X-Ratelimit-Remaining"] == "0")
        #expect(last["Retry-After"] == "1800")
    }

    @Test(
        "what makes no sense is refused",
        arguments: [
            ["rate": 0], ["rate": -1], ["rate": "x"], ["rate": ["a"]], [:],
            ["rate": 1, "path": "nowhere/at"], ["rate": 1, "path": "sys/*/x"],
            ["rate": 1, "interval": "-1s"], ["rate": 1, "type": "lease-count"],
            ["rate": 1, "role": "web"], ["rate": 1, "inheritable": false],
            ["rate": 1, "path": "sys", "inheritable": true],
            ["rate": 1, "interval": 1_000_000_000_000],
        ] as [JSONValue])
    func invalid(_ body: JSONValue) async throws {
        let server = try await TestCore()
        let response = await server.call(.update, "sys/quotas/rate-limit/a", body)
        #expect(response.status == 400)
        #expect(await server.call(.read, "sys/quotas/rate-limit/a").status == 404)
    }

    @Test("a namespace's quota holds in those below, and says so")
    func inheritable() async throws {
        let server = try await TestCore()
        _ = await server.call(.update, "sys/namespaces/team")
        for path in ["team", "team/"] {
            let refused = await limit(
                server, "a", ["rate": 1, "path": .string(path), "inheritable": false])
            #expect(refused.status == 400)
        }
        #expect(
            await limit(server, "a", ["rate": 1, "path": "team", "inheritable": true]).status
                == 204)
        #expect(await limit(server, "a", ["rate": 2]).status == 204)
        let shown = await server.call(.read, "sys/quotas/rate-limit/a").data
        #expect(shown?["inheritable"] == true)
        let prefix = await limit(server, "b", ["rate": 1, "path": "sys/mounts/*"])
        #expect(prefix.status == 204)
        #expect(await server.call(.read, "sys/quotas/rate-limit/b").data?["inheritable"] == false)
    }

    @Test("two quotas cannot be for the same thing")
    func twice() async throws {
        let server = try await TestCore()
        #expect(await limit(server, "a", ["rate": 1, "path": "sys"]).status == 204)
        let response = await limit(server, "b", ["rate": 1, "path": "sys/"])
        #expect(response.status == 400)
        #expect(
            response.errors == [
                "quota rule with similar properties exists under the name \"a\""
            ])
    }

    @Test("lease count quotas are kept apart from rate limits")
    func leaseCount() async throws {
        let server = try await TestCore()
        let path = "sys/quotas/lease-count/few"
        #expect(await server.call(.list, "sys/quotas/lease-count/").status == 404)
        #expect(await server.call(.update, path, ["max_leases": 10, "path": ""]).status == 204)
        #expect(
            await server.call(.read, path).data == [
                "max_leases": 10, "name": "few", "path": "", "role": "", "type": "lease-count",
            ])
        #expect(await server.call(.list, "sys/quotas/rate-limit/").status == 404)
        #expect(refused(server, "sys/mounts", 100) == 0)
        #expect(await server.call(.update, path, ["max_leases": 0]).status == 400)
        #expect(await server.call(.delete, path).status == 204)
    }

    @Test("quotas are not for everybody")
    func rights() async throws {
        let server = try await TestCore()
        let token = try await server.token(["default"])
        let body: JSONValue = ["rate": 1]
        let write = await server.call(.update, "sys/quotas/rate-limit/a", body, token: token)
        #expect(write.status == 403)
        #expect(await server.call(.read, "sys/quotas/config", token: token).status == 403)
    }

    @Test("each refusal is counted under the quota's name")
    func counted() async throws {
        let server = try await TestCore()
        _ = await limit(server, "all", ["rate": 1, "interval": 3600])
        _ = refused(server, "sys/mounts", 4)
        let text = await server.call(.read, "sys/metrics", ["format": "prometheus"])
        #expect(
            text.data?.stringValue?.contains("vault_quota_rate_limit_violation{name=\"all\"} 3\n")
                == true)
    }
}
