// A core with an engine that makes credentials, mounted at `db/`.

import JSON
import Kernel
import KernelTesting
import Paths
import Storage
import Testing

struct LeaseServer {
    let server: TestCore
    let desk: CredentialDesk

    static var impatient: CoreSettings {
        var settings = CoreSettings()
        settings.leaseTimings.sweepMilliseconds = 2
        settings.leaseTimings.callSeconds = 20
        settings.leaseTimings.firstBackOffSeconds = 0
        return settings
    }

    init(
        _ desk: CredentialDesk = CredentialDesk(), others: [CredentialDesk] = [],
        store: any PhysicalStore = MemoryStore(), settings: CoreSettings = Self.impatient
    ) async throws {
        self.desk = desk
        server = try await TestCore(
            [desk.engine, .echo] + others.map(\.engine), store: store, shares: 1, threshold: 1,
            settings: settings)
        try await server.core.unseal(share: server.shares[0])
        await mount(desk, "db")
    }

    func mount(_ desk: CredentialDesk, _ path: String) async {
        let answer = await server.call(.update, "sys/mounts/\(path)", ["type": .string(desk.name)])
        #expect(answer.status == 204)
    }

    /// Reads a credential and expects a lease with it.
    func credential(
        _ path: String = "db/creds/app", _ body: JSONValue? = nil, token: String? = nil
    ) async -> TestResponse {
        let answer = await server.call(.read, path, body, token: token)
        #expect(answer.status == 200)
        #expect(!answer.leaseID.isEmpty)
        return answer
    }

    func lookup(_ lease: String) async -> TestResponse {
        await server.call(.update, "sys/leases/lookup", ["lease_id": .string(lease)])
    }

    /// Waits until so many leases are parked.
    func parked(_ count: Int) async {
        await eventually("they are parked") {
            await server.call(.read, "sys/leases/count", ["type": "irrevocable"])
                .data?["lease_count"] == .int(count)
        }
    }

    /// What is stored of leases and their indexes.
    func storedLeaseKeys() throws -> [String] {
        try server.storedKeys().filter { $0.contains("/lease/") && !$0.hasSuffix("/lease/tally") }
    }
}

/// Waits, within a bound, until something that happens in the background has happened.
func eventually(
    _ what: Comment, _ condition: () async throws -> Bool,
    location: SourceLocation = #_sourceLocation
) async rethrows {
    for _ in 0..<2_000 {
        if try await condition() { return }
        try? await Task.sleep(nanoseconds: 5_000_000)
    }
    Issue.record(what, sourceLocation: location)
}
