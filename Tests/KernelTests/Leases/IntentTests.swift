// What an engine began and nobody knows the end of is undone.

import JSON
import Kernel
import KernelTesting
import Paths
import Storage
import Testing

@Suite struct IntentTests {
    @Test("an intent goes with the batch that stores the lease")
    func settled() async throws {
        let leases = try await LeaseServer()
        _ = await leases.credential("db/careful/app")
        #expect(leases.desk.living.count == 1)
        #expect(try leases.storedLeaseKeys().filter { $0.contains("/intent/") }.isEmpty)
        #expect(try leases.storedLeaseKeys().count == 3)
    }

    @Test("a request that fails after its intent is rolled back")
    func failed() async throws {
        let leases = try await LeaseServer()
        #expect(await leases.server.call(.read, "db/fails/app").status == 502)
        await eventually("it is undone") { leases.desk.living.isEmpty }
        try await eventually("the intent is gone") { try leases.storedLeaseKeys().isEmpty }
    }

    @Test("an answer without a lease means that all is as it should be")
    func leaseless() async throws {
        let leases = try await LeaseServer()
        #expect(await leases.server.call(.read, "db/leaseless/app").status == 200)
        #expect(leases.desk.living.count == 1)
        #expect(try leases.storedLeaseKeys().isEmpty)
    }

    @Test("what was made when the server died, before its lease was stored, is undone after it")
    func crash() async throws {
        let leases = try await LeaseServer()
        let (server, desk) = (leases.server, leases.desk)
        let isMade = AsyncStream<Void>.makeStream()
        let mayEnd = AsyncStream<Void>.makeStream()
        desk.beforeAnswer {
            isMade.continuation.finish()
            for await _ in mayEnd.stream {}
        }
        let request = Task { await server.call(.read, "db/careful/app") }
        for await _ in isMade.stream {}
        #expect(desk.living.count == 1)
        // The first core goes no further; the second one finds what it left behind.
        desk.beforeAnswer(nil)
        let next = try await server.restarted([desk.engine], settings: LeaseServer.impatient)
        await eventually("it is undone") { desk.living.isEmpty }
        try await eventually("the intent is gone") {
            try next.storedKeys().filter { $0.contains("/intent/") }.isEmpty
        }
        mayEnd.continuation.finish()
        _ = await request.value
    }

    @Test("a rollback that fails is tried until it goes well")
    func retried() async throws {
        let leases = try await LeaseServer()
        leases.desk.mood = .failing
        #expect(await leases.server.call(.read, "db/fails/app").status == 502)
        #expect(leases.desk.living.count == 1)
        leases.desk.mood = .well
        await eventually("it is undone") { leases.desk.living.isEmpty }
    }

    @Test("when the lease cannot be stored for good, the intent remembers")
    func tokenGoneAndEngineFailing() async throws {
        let leases = try await LeaseServer()
        await leases.server.policy("reader", "path \"db/*\" { capabilities = [\"read\"] }")
        let token = try await leases.server.token(["reader"])
        let (server, desk) = (leases.server, leases.desk)
        desk.beforeAnswer {
            _ = await server.call(.update, "auth/token/revoke", ["token": .string(token)])
            desk.mood = .failing
        }
        #expect(await server.call(.read, "db/careful/app", token: token).status == 403)
        #expect(desk.living.count == 1)
        desk.mood = .well
        await eventually("it is undone") { desk.living.isEmpty }
    }
}
