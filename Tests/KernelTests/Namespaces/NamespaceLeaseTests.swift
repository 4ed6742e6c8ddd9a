// Leases of tenants: whose they are, and what ends them.

import JSON
import Kernel
import KernelTesting
import Paths
import Testing

@Suite("leases of namespaces") struct NamespaceLeaseTests {
    /// `a/` and `b/`, each with a credential engine at `db/`.
    private func scene() async throws -> LeaseServer {
        let leases = try await LeaseServer()
        for namespace in ["a", "b"] {
            _ = await leases.server.call(.update, "sys/namespaces/\(namespace)")
            _ = await leases.server.call(
                .update, "sys/mounts/db", ["type": .string(leases.desk.name)],
                namespace: namespace)
        }
        return leases
    }

    @Test("a lease is nothing in another namespace, on every route and under the old names")
    func foreign() async throws {
        let leases = try await scene()
        let made = await leases.server.call(.read, "db/creds/x", namespace: "a")
        let body: JSONValue = ["lease_id": .string(made.leaseID), "sync": true]
        for namespace in ["", "b"] {
            for path in ["sys/leases/lookup", "sys/leases/renew", "sys/renew"] {
                let answer = await leases.server.call(.update, path, body, namespace: namespace)
                #expect(answer.status == 400)
            }
            for path in [
                "sys/renew/\(made.leaseID)", "sys/leases/renew/\(made.leaseID)",
            ] {
                #expect(
                    await leases.server.call(.update, path, namespace: namespace).status == 400)
            }
            for path in ["sys/revoke", "sys/leases/revoke"] {
                _ = await leases.server.call(.update, path, body, namespace: namespace)
            }
            for path in ["revoke-prefix/db", "revoke-force/db", "revoke-prefix/\(made.leaseID)"] {
                for parent in ["sys/", "sys/leases/"] {
                    _ = await leases.server.call(
                        .update, parent + path, ["sync": true], namespace: namespace)
                }
            }
        }
        #expect(leases.desk.living.count == 1)
        let own = await leases.server.call(
            .update, "sys/leases/lookup", body, namespace: "a")
        #expect(own.status == 200)
        let revoked = await leases.server.call(
            .update, "sys/leases/revoke", body, namespace: "a")
        #expect(revoked.status == 204)
        #expect(leases.desk.living.isEmpty)
    }

    @Test("what a parent's token leases in a child ends with the token") func tokenOfParent()
        async throws
    {
        let leases = try await scene()
        await leases.server.policy("p", everything("a/*"))
        let token = try await leases.server.token(["p"])
        let made = await leases.server.call(.read, "db/creds/x", token: token, namespace: "a")
        #expect(!made.leaseID.isEmpty)
        _ = await leases.server.call(.update, "auth/token/revoke", ["token": .string(token)])
        await eventually("the credential is revoked") { leases.desk.living.isEmpty }
        try await eventually("and nothing is left") { try leases.storedLeaseKeys().isEmpty }
        #expect(try !leases.server.storedKeys().contains { $0.contains("/elsewhere/") })
    }

    @Test("leases and tokens of a namespace that nobody uses end in time, also after a restart")
    func idle() async throws {
        let leases = try await scene()
        let made = await leases.server.call(
            .read, "db/creds/x", ["ttl": 1], namespace: "a")
        #expect(made.leaseDuration == 1)
        let next = try await leases.server.restarted(
            [leases.desk.engine, .echo], settings: LeaseServer.impatient)
        await eventually("the credential is revoked") { leases.desk.living.isEmpty }
        await next.core.shutdown()
    }
}
