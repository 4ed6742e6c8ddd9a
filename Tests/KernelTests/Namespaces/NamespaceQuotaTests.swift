// Rate limits and lease counts of tenants.

import JSON
import Kernel
import KernelTesting
import Paths
import Testing

@Suite("quotas of namespaces") struct NamespaceQuotaTests {
    private func isRefused(
        _ tenants: Tenants, _ path: String, in namespace: String = ""
    ) -> Bool {
        let verdict = tenants.server.pipeline.checkRateLimit(
            path: path, namespace: namespace, remoteAddress: "10.0.0.1")
        if case .refused = verdict { return true }
        return false
    }

    @Test("a namespace's limit holds by header and by path, and for what lies below it")
    func namespaceLimit() async throws {
        let tenants = try await Tenants()
        try await tenants.expect(
            204, .update, "sys/quotas/rate-limit/q", ["path": "a", "rate": 1, "interval": "1h"])
        #expect(!isRefused(tenants, "kv/x", in: "a"))
        #expect(isRefused(tenants, "kv/x", in: "a"))
        #expect(isRefused(tenants, "a/kv/x"))
        #expect(isRefused(tenants, "sub/kv/x", in: "a"))
        #expect(isRefused(tenants, "kv/x", in: "a/sub"))
        #expect(!isRefused(tenants, "kv/x", in: "b"))
        #expect(!isRefused(tenants, "kv/x"))
    }

    @Test("a mount's limit is that mount's and not its namesake's") func mountLimit() async throws {
        let tenants = try await Tenants()
        try await tenants.expect(
            204, .update, "sys/quotas/rate-limit/q",
            ["path": "a/kv", "rate": 1, "interval": "1h"])
        #expect(!isRefused(tenants, "kv/x", in: "a"))
        #expect(isRefused(tenants, "a/kv/y"))
        #expect(!isRefused(tenants, "kv/x", in: "b"))
        try await tenants.expect(
            400, .update, "sys/quotas/rate-limit/r", ["path": "a/nothing", "rate": 1])
    }

    @Test("spelling the root namespace out is no way around a limit") func rootHeader() async throws
    {
        let tenants = try await Tenants()
        try await tenants.expect(
            204, .update, "sys/quotas/rate-limit/q",
            ["path": "sys", "rate": 1, "interval": "1h"])
        #expect(!isRefused(tenants, "sys/mounts"))
        #expect(isRefused(tenants, "sys/mounts", in: "root"))
    }

    @Test("leases of a namespace and below it count for its quota") func leaseCount() async throws {
        let leases = try await LeaseServer()
        _ = await leases.server.call(.update, "sys/namespaces/a")
        _ = await leases.server.call(.update, "sys/namespaces/b", namespace: "a")
        for namespace in ["a", "a/b"] {
            _ = await leases.server.call(
                .update, "sys/mounts/db", ["type": .string(leases.desk.name)],
                namespace: namespace)
        }
        let made = await leases.server.call(
            .update, "sys/quotas/lease-count/q", ["path": "a", "max_leases": 2])
        #expect(made.status == 204)
        #expect(await leases.server.call(.read, "db/creds/x", namespace: "a").status == 200)
        #expect(await leases.server.call(.read, "db/creds/x", namespace: "a/b").status == 200)
        #expect(await leases.server.call(.read, "db/creds/x", namespace: "a").status == 429)
        #expect(await leases.server.call(.read, "db/creds/x", namespace: "a/b").status == 429)
        #expect(await leases.server.call(.read, "db/creds/x").status == 200)
        #expect(leases.desk.living.count == 3)
    }

    @Test("a namespace's quotas go with it") func deletion() async throws {
        let server = try await TestCore()
        _ = await server.call(.update, "sys/namespaces/a")
        _ = await server.call(.update, "sys/quotas/rate-limit/q", ["path": "a", "rate": 1])
        #expect(await server.call(.read, "sys/quotas/rate-limit/q").status == 200)
        _ = await server.call(.delete, "sys/namespaces/a")
        await eventually("the quota is gone") {
            await server.call(.read, "sys/quotas/rate-limit/q").status == 404
        }
    }
}
