// The counts stay right while leases come and go.

import JSON
import KernelTesting
import Paths
import Storage
import Testing

@testable import Kernel

@Suite struct LeaseTallyTests {
    /// A walk in pages over ids that a test changes in between.
    private func step(_ tally: LeaseTally, _ ids: [String], from: Int, to: Int, isLast: Bool) throws
    {
        try tally.step("") { () throws(BackendFailure) in
            let page = Array(ids[from..<to])
            return (page, isLast ? nil : page.last.map { Array($0.utf8) })
        }
    }

    @Test("changes before and behind the walk's place are counted once each")
    func walk() throws {
        let tally = LeaseTally()
        #expect(tally.watch(""))
        #expect(!tally.watch(""))
        try step(tally, ["b", "d"], from: 0, to: 2, isLast: false)
        #expect(tally.count("") == LeaseTally.Count(leases: 2, isComplete: false))
        // Before the place: counts at once.
        tally.begin(.birth, "a")
        tally.settle(.birth, "a", isMade: true)
        #expect(tally.count("")?.leases == 3)
        // Behind it: the walk will meet it.
        tally.begin(.birth, "x")
        tally.settle(.birth, "x", isMade: true)
        #expect(tally.count("")?.leases == 3)
        // On its way while the walk passes: "e" is about to come, "f" about to go.
        tally.begin(.birth, "e")
        tally.begin(.death, "f")
        try step(tally, ["e", "f", "x"], from: 0, to: 3, isLast: true)
        #expect(tally.count("") == LeaseTally.Count(leases: 5, isComplete: true))
        #expect(tally.settled == nil)
        tally.settle(.birth, "e", isMade: true)
        tally.settle(.death, "f", isMade: true)
        #expect(tally.count("")?.leases == 5)
        tally.begin(.death, "a")
        tally.settle(.death, "a", isMade: false)
        #expect(tally.settled == ["": 5])
    }

    @Test("what is gone from storage but not settled yet counts until it is")
    func lateSettlement() throws {
        let tally = LeaseTally()
        _ = tally.watch("")
        tally.begin(.death, "b")
        // The commit is durable, so the walk does not see it any more.
        try step(tally, ["a", "c"], from: 0, to: 2, isLast: true)
        #expect(tally.count("")?.leases == 3)
        tally.settle(.death, "b", isMade: true)
        #expect(tally.count("")?.leases == 2)
    }

    @Test("leases are counted by mount and path, after a clean restart and after a crash")
    func restarts() async throws {
        let leases = try await LeaseServer()
        for path in ["db/creds/a", "db/creds/a", "db/creds/b/c", "db/x"] {
            _ = await leases.credential(path)
        }
        func count(_ server: TestCore, _ path: String) async throws -> Int {
            let leases = try server.core.rootState().leases
            await eventually("it is counted") { leases.count(below: path).isComplete }
            return leases.count(below: path).leases
        }
        #expect(try await count(leases.server, "") == 4)
        #expect(try await count(leases.server, "db/creds") == 3)
        let crashed = try await leases.server.restarted([leases.desk.engine])
        #expect(try await count(crashed, "") == 4)
        #expect(try await count(crashed, "db/creds/") == 3)
        _ = await crashed.call(.update, "sys/leases/revoke-prefix/db/creds/a", ["sync": true])
        #expect(try await count(crashed, "db/creds/") == 1)
        try await crashed.core.seal()
        let clean = try await crashed.restarted([leases.desk.engine])
        #expect(try clean.core.rootState().leases.count(below: "").leases == 2)
        #expect(try clean.core.rootState().leases.count(below: "").isComplete)
        #expect(try await count(clean, "db/creds/") == 1)
    }

    @Test("a limit on the number of leases holds, and a secret above it is undone")
    func quota() async throws {
        let leases = try await LeaseServer()
        _ = await leases.credential("db/creds/a")
        let made = await leases.server.call(
            .update, "sys/quotas/lease-count/few", ["path": "db/creds/*", "max_leases": 3])
        #expect(made.status == 204)
        // The first to ask starts the count of what was there before.
        let core = try leases.server.core.rootState().leases
        await eventually("it is counted") { core.count(prefix: "db/creds/").isComplete }
        let second = await leases.credential("db/creds/b")
        _ = await leases.credential("db/creds/a")
        let refused = await leases.server.call(.read, "db/creds/a")
        #expect(refused.status == 429)
        #expect(leases.desk.living.count == 3)
        _ = await leases.credential("db/x")
        _ = await leases.server.call(
            .update, "sys/revoke", ["lease_id": .string(second.leaseID), "sync": true])
        _ = await leases.credential("db/creds/a")
    }

    @Test("walking through leases meets each once and in byte order, however they are nested")
    func order() async throws {
        let leases = try await LeaseServer()
        var ids: [String] = []
        for path in ["db/a", "db/a-b", "db/a/b", "db/a/b/c", "db/ab", "db/b/z/z", "db/a/b"] {
            ids.append(await leases.credential(path).leaseID)
        }
        let store = try leases.server.core.rootState().leases.store
        var walk = LeaseWalk("")
        var seen: [String] = []
        while let page = try walk.next(store) {
            seen += page.map(\.text)
            if let place = walk.place, let last = seen.last {
                #expect(!place.lexicographicallyPrecedes(Array(last.utf8)))
            }
        }
        #expect(seen == ids.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    }
}
