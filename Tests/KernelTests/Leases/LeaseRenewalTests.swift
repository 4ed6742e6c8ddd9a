// More time for a lease, and never more than it was allowed.

import Cryptography
import JSON
import KernelTesting
import Paths
import Testing

@testable import Kernel

@Suite struct LeaseRenewalTests {
    private func renew(
        _ leases: LeaseServer, _ id: String, _ more: JSONObject = [:]
    ) async -> TestResponse {
        var body = more
        body["lease_id"] = .string(id)
        return await leases.server.call(.update, "sys/leases/renew", .object(body))
    }

    @Test("a renewal gives the first lifetime again, or what is asked for, within the maximum")
    func renewal() async throws {
        let leases = try await LeaseServer()
        let secret = await leases.credential("db/creds/app", ["ttl": 600, "max_ttl": 3600])
        let same = await renew(leases, secret.leaseID)
        #expect(same.status == 200)
        #expect(same.leaseID == secret.leaseID)
        #expect(same.isRenewable)
        #expect(same.leaseDuration == 600)
        #expect(same.data == nil)
        #expect(await renew(leases, secret.leaseID, ["increment": "20m"]).leaseDuration == 1200)
        #expect(leases.desk.lastRenewal?["ttl"] == 1200)
        let capped = await renew(leases, secret.leaseID, ["increment": 999_999])
        // What is left of the hour; the test may have had to wait for its turn.
        #expect((3000...3600).contains(capped.leaseDuration))
        #expect(capped.warnings.count == 1)
        let seen = await leases.lookup(secret.leaseID).data
        #expect(seen?["last_renewal"]?.stringValue != nil)
    }

    @Test("the same under the older names, in the path as well as in the body")
    func names() async throws {
        let leases = try await LeaseServer()
        let secret = await leases.credential("db/creds/app", ["ttl": 600])
        for path in ["sys/renew", "sys/leases/renew"] {
            #expect(
                await leases.server.call(
                    .update, path, ["lease_id": .string(secret.leaseID), "increment": 60]
                ).leaseDuration == 60)
            #expect(
                await leases.server.call(
                    .update, "\(path)/\(secret.leaseID)", ["increment": 90]
                ).leaseDuration == 90)
        }
    }

    @Test("what is not renewable, failed at its engine or about to end is not renewed")
    func refusals() async throws {
        let leases = try await LeaseServer()
        let fixed = await leases.credential("db/creds/app", ["renewable": false])
        #expect(await renew(leases, fixed.leaseID).errors == ["lease is not renewable"])
        let secret = await leases.credential("db/creds/app", ["ttl": 600])
        leases.desk.mood = .failing
        let failed = await renew(leases, secret.leaseID, ["increment": 6000])
        #expect(failed.status == 502)
        #expect(failed.errors == ["the database is down"])
        let ttl = await leases.lookup(secret.leaseID).data?["ttl"]?.intValue ?? 0
        #expect(ttl <= 600)
        // Its end was asked for, and its engine has not done it yet.
        #expect(await leases.server.call(.update, "sys/revoke/\(secret.leaseID)").status == 202)
        #expect(await renew(leases, secret.leaseID).errors == ["lease expired"])
    }

    @Test("no wish leads to a lease that ends after what it was allowed, or never")
    func terms() throws {
        let bounds = LeaseBounds(defaultTTLSeconds: 100, maxTTLSeconds: 1_000)
        let now: Int64 = 50_000
        for wanted in [0, 1, 999, 1_000, 1_001, UInt64.max] {
            for most in [0, 1, 500, 5_000, UInt64.max] {
                let grant = LeaseGrant(
                    ttlSeconds: wanted, maxTTLSeconds: most, isRenewable: true, internalData: [])
                let terms = try bounds.terms(of: grant, endsBy: 0, now: now)
                #expect(terms.expiresAt > now)
                #expect(terms.expiresAt <= now + 1_000)
                #expect(terms.ttlSeconds == terms.expiresAt - now)
            }
        }
        var lease = LeaseEntry(
            mount: UUID128(), path: "x", token: nil, issuedAt: now, expiresAt: now + 100,
            ttlSeconds: 100, maxTTLSeconds: 0, isRenewable: true, dueAt: now + 100,
            internalData: [])
        for age in [Int64(0), 99, 998, 999] {
            for increment in [Int64(0), 1, 5_000, .max] {
                let terms = try bounds.terms(
                    renewing: lease, increment: increment, now: now + age)
                #expect(terms.expiresAt <= now + 1_000)
                #expect(terms.expiresAt > now + age)
            }
        }
        #expect(throws: BackendFailure.self) {
            try bounds.terms(renewing: lease, increment: 10, now: now + 1_000)
        }
        // A batch token's leases end with it, however often they are renewed.
        lease.endsBy = now + 150
        #expect(
            try bounds.terms(renewing: lease, increment: 900, now: now + 10).expiresAt
                == now + 150)
        let grant = LeaseGrant(
            ttlSeconds: 900, maxTTLSeconds: 0, isRenewable: true, internalData: [])
        #expect(try bounds.terms(of: grant, endsBy: now + 30, now: now).expiresAt == now + 30)
    }
}
