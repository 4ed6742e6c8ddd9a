// Many leases that end at once: side by side, a bounded number at a time, and nobody waits for the
// slowest.

import JSON
import Kernel
import KernelTesting
import Paths
import Testing

@Suite struct BulkRevocationTests {
    private static let many = 5 * KernelLimits.revocationsAtOnce

    private func makeMany(_ leases: LeaseServer, _ path: String, ttl: Int? = nil) async {
        for _ in 0..<Self.many {
            _ = await leases.credential(path, ttl.map { ["ttl": .int($0)] })
        }
    }

    @Test(
        "credentials whose end hangs hold up no others while there is a turn left",
        arguments: ["expiry", "prefix", "force", "disable"])
    func slowest(_ way: String) async throws {
        let leases = try await LeaseServer()
        await makeMany(leases, "db/creds/app", ttl: way == "expiry" ? 1 : nil)
        let slow = Set(leases.desk.living.sorted().prefix(KernelLimits.revocationsAtOnce - 1))
        leases.desk.stuck = slow
        let (server, desk) = (leases.server, leases.desk)
        async let request: TestResponse? =
            switch way {
            case "prefix":
                await server.call(.update, "sys/leases/revoke-prefix/db", ["sync": true])
            case "force": await server.call(.update, "sys/leases/revoke-force/db")
            case "disable": await server.call(.delete, "sys/mounts/db")
            default: nil
            }
        await eventually("all but the slow ones are revoked") { desk.living == slow }
        desk.stuck = []
        if let answer = await request { #expect(answer.status == 204) }
        await eventually("and these at last") { desk.living.isEmpty }
        try await eventually("none is left in storage") { try leases.storedLeaseKeys().isEmpty }
    }

    @Test("an engine has a bounded number of revocations at once, whoever asks for them")
    func bound() async throws {
        let leases = try await LeaseServer()
        await makeMany(leases, "db/creds/app")
        await makeMany(leases, "db/creds/other")
        await makeMany(leases, "db/creds/third", ttl: 1)
        let server = leases.server
        async let one = server.call(
            .update, "sys/leases/revoke-prefix/db/creds/app", ["sync": true])
        async let two = server.call(.update, "sys/leases/revoke-force/db/creds/other")
        #expect(await one.status == 204)
        #expect(await two.status == 204)
        await eventually("the expired ones are revoked too") { leases.desk.living.isEmpty }
        #expect(leases.desk.revocations == 3 * Self.many)
        #expect(leases.desk.mostAtOnce == KernelLimits.revocationsAtOnce)
    }

    @Test("of what is revoked with one request, a mount that hangs holds up its own leases only")
    func hangingMount() async throws {
        let (bad, good, late) = (
            CredentialDesk("bad"), CredentialDesk("good"), CredentialDesk("late")
        )
        let leases = try await LeaseServer(bad, others: [good, late])
        await leases.mount(bad, "all/a")
        await leases.mount(good, "all/b/deep")
        await leases.mount(late, "all/c")
        await makeMany(leases, "all/a/creds/app")
        await makeMany(leases, "all/b/deep/creds/app")
        _ = await leases.credential("all/c/creds/app")
        _ = await leases.credential("db/creds/app")
        bad.mood = .hanging
        let server = leases.server
        async let request = server.call(
            .update, "sys/leases/revoke-prefix/all", ["sync": true])
        await eventually("the others' are revoked") { good.living.isEmpty && late.living.isEmpty }
        #expect(bad.living.count == Self.many + 1)
        bad.mood = .well
        #expect(await request.status == 204)
        // What is not below the prefix stays.
        #expect(bad.living.count == 1)
    }

    @Test("failures of several mounts are counted together")
    func failures() async throws {
        let (one, other) = (CredentialDesk("one"), CredentialDesk("other"))
        let leases = try await LeaseServer(one, others: [other])
        await leases.mount(one, "all/one")
        await leases.mount(other, "all/other")
        for path in ["all/one/creds/app", "all/other/creds/app", "all/other/creds/app"] {
            _ = await leases.credential(path)
        }
        one.mood = .failing
        other.mood = .failing
        let answer = await leases.server.call(
            .update, "sys/leases/revoke-prefix/all", ["sync": true])
        #expect(answer.status == 502)
        #expect(answer.errors == ["failed to revoke 3 leases: the database is down"])
    }
}
