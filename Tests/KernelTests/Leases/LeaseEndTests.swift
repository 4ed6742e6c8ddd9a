// Everything that ends a lease but its time, and what happens when its engine does not do its part.

import JSON
import Kernel
import KernelTesting
import Paths
import Storage
import Testing

@Suite struct LeaseEndTests {
    @Test("a token's end ends its leases and those of its children, and no others")
    func tokenEnd() async throws {
        let leases = try await LeaseServer()
        await leases.server.policy(
            "maker",
            """
            path "db/*" { capabilities = ["read"] }
            path "auth/token/create" { capabilities = ["update"] }
            """)
        let parent = try await leases.server.token(["maker"])
        let child = try await leases.server.call(.update, "auth/token/create", [:], token: parent)
            .requireToken()
        let sibling = try await leases.server.token(["maker"])
        for token in [parent, child, sibling] { _ = await leases.credential(token: token) }
        #expect(leases.desk.living.count == 3)
        let revoked = await leases.server.call(
            .update, "auth/token/revoke", ["token": .string(parent)])
        #expect(revoked.status == 204)
        await eventually("two are revoked") { leases.desk.living.count == 1 }
        try await eventually("and forgotten") { try leases.storedLeaseKeys().count == 3 }
    }

    @Test("what a batch token made ends with its time and with its parent")
    func batchToken() async throws {
        let leases = try await LeaseServer()
        await leases.server.policy(
            "maker",
            """
            path "db/*" { capabilities = ["read"] }
            path "auth/token/create" { capabilities = ["update"] }
            """)
        let parent = try await leases.server.token(["maker"])
        let batch = try await leases.server.call(
            .update, "auth/token/create",
            ["type": "batch", "policies": ["maker"], "ttl": "10m"], token: parent
        ).requireToken()
        let secret = await leases.credential("db/creds/app", ["ttl": "5h"], token: batch)
        #expect((300...600).contains(secret.leaseDuration))
        let renewed = await leases.server.call(
            .update, "sys/leases/renew",
            ["lease_id": .string(secret.leaseID), "increment": "5h"])
        #expect((300...600).contains(renewed.leaseDuration))
        let revoked = await leases.server.call(
            .update, "auth/token/revoke", ["token": .string(parent)])
        #expect(revoked.status == 204)
        await eventually("it is revoked") { leases.desk.living.isEmpty }
    }

    @Test("a token that is revoked while its secret is being made gets no secret and leaves none")
    func tokenRace() async throws {
        let leases = try await LeaseServer()
        await leases.server.policy("reader", "path \"db/*\" { capabilities = [\"read\"] }")
        let token = try await leases.server.token(["reader"])
        let server = leases.server
        leases.desk.beforeAnswer {
            _ = await server.call(.update, "auth/token/revoke", ["token": .string(token)])
        }
        let answer = await server.call(.read, "db/creds/app", token: token)
        #expect(answer.status == 403)
        #expect(answer.data == nil)
        #expect(leases.desk.made == 1)
        await eventually("the credential is undone") { leases.desk.living.isEmpty }
        #expect(try leases.storedLeaseKeys().isEmpty)
    }

    @Test("a token that is renewed while its secret is being made does not lose it")
    func renewedToken() async throws {
        let leases = try await LeaseServer()
        await leases.server.policy("reader", "path \"db/*\" { capabilities = [\"read\"] }")
        let token = try await leases.server.token(["default", "reader"])
        let server = leases.server
        leases.desk.beforeAnswer {
            _ = await server.call(.update, "auth/token/renew-self", token: token)
        }
        _ = await leases.credential(token: token)
        #expect(leases.desk.living.count == 1)
    }

    @Test("a token with one use left gets no secret that would end with it")
    func lastUse() async throws {
        let leases = try await LeaseServer()
        await leases.server.policy("reader", "path \"db/*\" { capabilities = [\"read\"] }")
        let token = try await leases.server.token(["reader"], ["num_uses": 2])
        _ = await leases.credential(token: token)
        let last = await leases.server.call(.read, "db/creds/app", token: token)
        #expect(last.status == 400)
        #expect(last.errors.first?.hasPrefix("Secret cannot be returned") == true)
        await eventually("nothing lives") { leases.desk.living.isEmpty }
    }

    @Test("a request without a token gets no lease, and its secret is undone")
    func unauthenticated() async throws {
        let leases = try await LeaseServer()
        for token in ["", leases.server.rootToken] {
            let answer = await leases.server.call(.read, "db/open/app", token: token)
            #expect(answer.status == 500)
            #expect(answer.data == nil)
        }
        #expect(leases.desk.made == 2)
        #expect(leases.desk.living.isEmpty)
        #expect(try leases.storedLeaseKeys().isEmpty)
    }

    @Test("a secret whose lease cannot be stored is undone and not shown")
    func fullStore() async throws {
        let store = FailingStore()
        let leases = try await LeaseServer(store: store)
        leases.desk.beforeAnswer { store.fill(true) }
        let answer = await leases.server.call(.read, "db/creds/app")
        #expect(answer.status == 503)
        #expect(answer.data == nil)
        #expect(leases.desk.made == 1)
        #expect(leases.desk.living.isEmpty)
    }

    @Test("an engine that fails is asked again, then its leases are parked, seen and forced")
    func parked() async throws {
        let leases = try await LeaseServer()
        let secret = await leases.credential()
        leases.desk.mood = .failing
        let sync = await leases.server.call(
            .update, "sys/leases/revoke", ["lease_id": .string(secret.leaseID), "sync": true])
        #expect(sync.status == 502)
        await leases.parked(1)
        #expect(leases.desk.revocations == KernelLimits.revocationAttempts)
        let listed = await leases.server.call(.read, "sys/leases", ["type": "irrevocable"]).data
        #expect(listed?["lease_count"] == 1)
        let entry = listed?["leases"]?.arrayValue?.first
        #expect(entry?["lease_id"] == .string(secret.leaseID))
        #expect(entry?["error"] == "the database is down")
        // Still an error without force, and the lease stays.
        let soft = await leases.server.call(
            .update, "sys/leases/revoke-prefix/db", ["sync": true])
        #expect(soft.status == 502)
        #expect(await leases.lookup(secret.leaseID).status == 200)
        #expect(await leases.server.call(.update, "sys/leases/revoke-force/db").status == 204)
        #expect(await leases.lookup(secret.leaseID).status == 400)
        #expect(try leases.storedLeaseKeys().isEmpty)
    }

    @Test("an engine that never has its turn, since others have all the room, keeps its leases")
    func crowdedOut() async throws {
        let leases = try await LeaseServer()
        let secret = await leases.credential()
        leases.desk.mood = .crowdedOut
        _ = await leases.server.call(
            .update, "sys/leases/revoke", ["lease_id": .string(secret.leaseID)])
        await eventually("it was tried more often than an engine may fail") {
            leases.desk.revocations > 2 * KernelLimits.revocationAttempts
        }
        let count = await leases.server.call(.read, "sys/leases/count", ["type": "irrevocable"])
        #expect(count.data?["lease_count"] == 0)
        leases.desk.mood = .well
        await eventually("it is revoked") { leases.desk.living.isEmpty }
    }

    @Test("a parked lease is revoked when somebody asks and the engine is well again")
    func recovered() async throws {
        let leases = try await LeaseServer()
        let secret = await leases.credential()
        leases.desk.mood = .failing
        _ = await leases.server.call(.update, "sys/revoke/\(secret.leaseID)")
        await leases.parked(1)
        leases.desk.mood = .well
        _ = await leases.server.call(.update, "sys/revoke/\(secret.leaseID)")
        await eventually("it is revoked") { leases.desk.living.isEmpty }
    }

    @Test("an engine that hangs holds up its own leases and nobody else's")
    func hanging() async throws {
        let (bad, good) = (CredentialDesk("bad"), CredentialDesk("good"))
        let leases = try await LeaseServer(bad, others: [good])
        await leases.mount(good, "good")
        bad.mood = .hanging
        for _ in 0..<40 { _ = await leases.credential("db/creds/app", ["ttl": 1]) }
        _ = await leases.credential("good/creds/app", ["ttl": 1])
        await eventually("the other engine's is revoked") { good.living.isEmpty }
        #expect(bad.living.count == 40)
        let ordinary = await leases.credential("good/creds/app")
        #expect(ordinary.status == 200)
        bad.mood = .well
        await eventually("and these at last") { bad.living.isEmpty }
    }

    @Test("disabling a mount revokes its leases")
    func disable() async throws {
        let leases = try await LeaseServer()
        for _ in 0..<40 { _ = await leases.credential() }
        #expect(await leases.server.call(.delete, "sys/mounts/db").status == 204)
        #expect(leases.desk.living.isEmpty)
        #expect(try leases.storedLeaseKeys().isEmpty)
    }

    @Test("a mount stays while its engine cannot revoke what it gave out, and goes when it can")
    func disableFailing() async throws {
        let leases = try await LeaseServer()
        var ids: [String] = []
        for _ in 0..<40 { ids.append(await leases.credential().leaseID) }
        leases.desk.mood = .failing
        let refused = await leases.server.call(.delete, "sys/mounts/db")
        #expect(refused.status == 502)
        #expect(refused.errors.first?.contains("the database is down") == true)
        #expect(refused.errors.first?.contains("revoke-force") == true)
        // It was not asked for all of them.
        var untouched = 0
        for id in ids where (await leases.lookup(id).data?["ttl"]?.intValue ?? 0) > 0 {
            untouched += 1
        }
        #expect(untouched > 0 && untouched < 40)
        // The mount is there again.
        leases.desk.mood = .well
        #expect(await leases.credential().status == 200)
        #expect(await leases.server.call(.delete, "sys/mounts/db").status == 204)
        #expect(leases.desk.living.isEmpty)
        #expect(try leases.storedLeaseKeys().isEmpty)
        #expect(await leases.server.call(.read, "db/creds/app").status == 404)
    }

    @Test("a mount with parked leases goes when its engine can revoke them, too")
    func disableParked() async throws {
        let leases = try await LeaseServer()
        let secret = await leases.credential()
        leases.desk.mood = .failing
        _ = await leases.server.call(.update, "sys/revoke/\(secret.leaseID)")
        await leases.parked(1)
        #expect(await leases.server.call(.delete, "sys/mounts/db").status == 502)
        leases.desk.mood = .well
        #expect(await leases.server.call(.delete, "sys/mounts/db").status == 204)
        #expect(leases.desk.living.isEmpty)
    }

    @Test("parked leases are shown up to a limit, and the answer says that there are more")
    func parkedLimit() async throws {
        let leases = try await LeaseServer()
        for _ in 0..<5 { _ = await leases.credential() }
        leases.desk.mood = .failing
        _ = await leases.server.call(.update, "sys/leases/revoke-prefix/db")
        await leases.parked(5)
        let some = await leases.server.call(
            .read, "sys/leases", ["type": "irrevocable", "limit": "3"])
        #expect(some.data?["leases"]?.arrayValue?.count == 3)
        #expect(some.warnings.count == 1)
    }

    @Test("what cannot be revoked can be given up, and then the mount goes")
    func disableForced() async throws {
        let leases = try await LeaseServer()
        for _ in 0..<3 { _ = await leases.credential() }
        leases.desk.mood = .failing
        #expect(await leases.server.call(.delete, "sys/mounts/db").status == 502)
        #expect(await leases.server.call(.update, "sys/leases/revoke-force/db").status == 204)
        #expect(await leases.server.call(.delete, "sys/mounts/db").status == 204)
        #expect(try leases.storedLeaseKeys().isEmpty)
    }

    @Test("a secret that was being made while its mount was disabled is not shown and not left")
    func disableRace() async throws {
        let leases = try await LeaseServer()
        let server = leases.server
        leases.desk.beforeAnswer { _ = await server.call(.delete, "sys/mounts/db") }
        let answer = await server.call(.read, "db/creds/app")
        #expect(answer.status >= 500)
        #expect(answer.data == nil)
        // The mount is gone before the engine has said what it made: parked, for people to see.
        let count = await server.call(.read, "sys/leases/count", ["type": "irrevocable"])
        #expect(count.data?["lease_count"] == 1 || leases.desk.living.isEmpty)
    }

    @Test("the reports want to know the kind of leases")
    func reportParameters() async throws {
        let leases = try await LeaseServer()
        for path in ["sys/leases", "sys/leases/count"] {
            #expect(await leases.server.call(.read, path).status == 400)
            #expect(await leases.server.call(.read, path, ["type": "all"]).status == 400)
        }
        let bad = await leases.server.call(
            .read, "sys/leases", ["type": "irrevocable", "limit": "-1"])
        #expect(bad.status == 400)
    }
}
