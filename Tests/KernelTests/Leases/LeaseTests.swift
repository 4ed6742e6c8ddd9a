// Leases as a client meets them.

import Cryptography
import JSON
import Kernel
import KernelTesting
import Paths
import Storage
import Testing

@Suite struct LeaseTests {
    @Test("a secret that ends comes with a lease, which can be looked up and listed")
    func lease() async throws {
        let leases = try await LeaseServer()
        let secret = await leases.credential("db/creds/app", ["ttl": 600])
        #expect(secret.leaseID.hasPrefix("db/creds/app/"))
        #expect(secret.leaseID.utf8.count == "db/creds/app/".utf8.count + 24)
        #expect(secret.isRenewable)
        #expect(secret.leaseDuration == 600)
        let seen = await leases.lookup(secret.leaseID).data
        #expect(seen?["id"] == .string(secret.leaseID))
        #expect(seen?["path"] == "db/creds/app")
        #expect(seen?["renewable"] == true)
        #expect(seen?["last_renewal"] == .null)
        #expect((300...600).contains(seen?["ttl"]?.intValue ?? 0))
        let folders = await leases.server.call(.list, "sys/leases/lookup/db/").data
        #expect(folders?["keys"] == ["creds/"])
        let names = await leases.server.call(.list, "sys/leases/lookup/db/creds/app/").data
        #expect(names?["keys"] == [.string(String(secret.leaseID.suffix(24)))])
        #expect(await leases.server.call(.list, "sys/leases/lookup/nothing/").status == 404)
    }

    @Test("without a wish the mount's lifetime counts, and nothing exceeds its maximum")
    func lifetimes() async throws {
        let leases = try await LeaseServer()
        let tuned = await leases.server.call(
            .update, "sys/mounts/db/tune", ["default_lease_ttl": "1h", "max_lease_ttl": "2h"])
        #expect(tuned.status == 204)
        #expect(await leases.credential().leaseDuration == 3600)
        let long = await leases.credential("db/creds/app", ["ttl": 999_999_999])
        #expect(long.leaseDuration == 7200)
        #expect(long.warnings.count == 1)
        #expect(await leases.credential("db/creds/app", ["max_ttl": 60]).leaseDuration == 60)
    }

    @Test("what has come to its end is revoked, and nothing is left of it")
    func expiry() async throws {
        let leases = try await LeaseServer()
        let kept = await leases.credential("db/creds/app", ["ttl": 3600])
        let secret = await leases.credential("db/creds/app", ["ttl": 1])
        #expect(leases.desk.made == 2)
        await eventually("the credential is revoked") { leases.desk.living.count == 1 }
        await eventually("the lease is gone") {
            await leases.lookup(secret.leaseID).status == 400
        }
        #expect(await leases.lookup(secret.leaseID).errors == ["invalid lease"])
        #expect(await leases.lookup(kept.leaseID).status == 200)
        // One lease, its place in the index of ends and the one in its token's.
        #expect(try leases.storedLeaseKeys().count == 3)
    }

    @Test("leases survive a restart and end after it")
    func restart() async throws {
        let leases = try await LeaseServer()
        let secret = await leases.credential("db/creds/app", ["ttl": 3600])
        let short = await leases.credential("db/creds/app", ["ttl": 1])
        try await leases.server.core.seal()
        let next = try await leases.server.restarted(
            [leases.desk.engine], settings: LeaseServer.impatient)
        await eventually("the short one ends") { leases.desk.living.count == 1 }
        let body: JSONValue = ["lease_id": .string(secret.leaseID)]
        #expect(await next.call(.update, "sys/leases/lookup", body).status == 200)
        #expect(await next.call(.update, "sys/leases/renew", body).leaseDuration > 3590)
        #expect(
            await next.call(
                .update, "sys/leases/revoke",
                ["lease_id": .string(secret.leaseID), "sync": true]
            ).status == 204)
        #expect(leases.desk.living.isEmpty)
        #expect(short.leaseID != secret.leaseID)
    }

    @Test(
        "a lease is revoked under each of the endpoint's names, at once or soon",
        arguments: ["sys/leases/revoke", "sys/revoke"])
    func revoke(endpoint: String) async throws {
        let leases = try await LeaseServer()
        let first = await leases.credential()
        let sync = await leases.server.call(
            .update, endpoint, ["lease_id": .string(first.leaseID), "sync": true])
        #expect(sync.status == 204)
        #expect(leases.desk.living.isEmpty)
        let second = await leases.credential()
        #expect(
            await leases.server.call(.update, "\(endpoint)/\(second.leaseID)").status == 202)
        await eventually("it is revoked") { leases.desk.living.isEmpty }
        try await eventually("nothing is left") { try leases.storedLeaseKeys().isEmpty }
        // Once more: there is nothing to do.
        let again = await leases.server.call(
            .update, endpoint, ["lease_id": .string(first.leaseID), "sync": true])
        #expect(again.status == 204)
    }

    @Test("the body cannot name another lease than the path that policy has judged")
    func bodyAgainstPath() async throws {
        let leases = try await LeaseServer()
        await leases.server.policy(
            "own", "path \"sys/leases/revoke/db/creds/own/*\" { capabilities = [\"update\"] }")
        let weak = try await leases.server.token(["own"])
        let foreign = await leases.credential("db/creds/other")
        let own = await leases.credential("db/creds/own")
        let attack = await leases.server.call(
            .update, "sys/leases/revoke/\(own.leaseID)", ["lease_id": .string(foreign.leaseID)],
            token: weak)
        #expect(attack.status == 400)
        #expect(leases.desk.living.count == 2)
        #expect(
            await leases.server.call(.update, "sys/leases/revoke/\(foreign.leaseID)", token: weak)
                .status == 403)
        #expect(
            await leases.server.call(.update, "sys/leases/revoke/\(own.leaseID)", token: weak)
                .status == 202)
    }

    @Test("a prefix ends at a slash: what only begins alike is left alone")
    func prefix() async throws {
        let leases = try await LeaseServer()
        _ = await leases.credential("db/creds/app")
        _ = await leases.credential("db/creds/app/deep")
        let other = await leases.credential("db/creds/apple")
        let answer = await leases.server.call(
            .update, "sys/leases/revoke-prefix/db/creds/app", ["sync": true])
        #expect(answer.status == 204)
        #expect(leases.desk.living.count == 1)
        #expect(await leases.lookup(other.leaseID).status == 200)
        #expect(
            await leases.server.call(.update, "sys/revoke-prefix/db").status == 202)
        await eventually("all are revoked") { leases.desk.living.isEmpty }
    }

    @Test(
        "listing, revoking by prefix and by force need sudo under each of their names",
        arguments: [
            "sys/leases/revoke-prefix/db", "sys/revoke-prefix/db", "sys/leases/revoke-force/db",
            "sys/revoke-force/db", "sys/leases/tidy",
        ])
    func sudo(path: String) async throws {
        let leases = try await LeaseServer()
        _ = await leases.credential()
        func rule(_ last: String) -> String {
            "path \"sys/*\" { capabilities = [\"update\", \"list\", \"\(last)\"] }"
        }
        await leases.server.policy("almost", rule("read"))
        let token = try await leases.server.token(["almost"])
        #expect(await leases.server.call(.update, path, token: token).status == 403)
        #expect(
            await leases.server.call(.list, "sys/leases/lookup/db/", token: token).status == 403)
        let irrevocable = await leases.server.call(
            .read, "sys/leases", ["type": "irrevocable"], token: token)
        #expect(irrevocable.status == 403)
        #expect(leases.desk.living.count == 1)
        await leases.server.policy("almost", rule("sudo"))
        let allowed = await leases.server.call(.update, path, token: token).status
        #expect([202, 204].contains(allowed))
    }

    @Test(
        "what is no lease is refused with a clear answer",
        arguments: ["", "db", "db/creds/app/short", "../../x", "a//b", "db/creds/app/\u{0}"])
    func nonsense(id: String) async throws {
        let leases = try await LeaseServer()
        let body: JSONValue = ["lease_id": .string(id)]
        #expect(await leases.server.call(.update, "sys/leases/lookup", body).status == 400)
        let renewed = await leases.server.call(.update, "sys/leases/renew", body)
        #expect(renewed.status == 400)
        #expect(
            renewed.errors == [id.isEmpty ? "lease_id must be specified" : "lease not found"])
    }

    @Test("no client asks an engine what only the core may ask it")
    func operations() async throws {
        let leases = try await LeaseServer()
        _ = await leases.credential()
        for operation in [Paths.Operation.renew, .revoke, .rollback, .initialize, .wake] {
            let answer = await leases.server.call(operation, "db/creds/app")
            #expect(answer.status == 405)
        }
        #expect(leases.desk.living.count == 1)
        #expect(leases.desk.revocations == 0)
    }
}
