import Barrier
import JSON
import KernelTesting
import Paths
import Storage
import Testing

@testable import Kernel

@Suite struct KeyRotationTests {
    let server: TestCore

    init() async throws { server = try await TestCore() }

    private func term() async -> Int? {
        await server.call(.read, "sys/key-status").data?["term"]?.intValue
    }

    @Test("the settings are Vault's, under both names, and survive sealing")
    func settings() async throws {
        let usual = await server.call(.read, "sys/rotate/config")
        #expect(
            usual.data == ["max_operations": 3_865_470_566, "interval": 0, "enabled": true])
        let changed = await server.call(
            .update, "sys/rotate/keyring/config", ["max_operations": 2_000_000, "interval": "24h"])
        #expect(changed.status == 204)
        _ = await server.call(.update, "sys/rotate/config", ["enabled": false])
        try await server.core.seal()
        try await server.core.unseal(share: server.shares[0])
        #expect(
            await server.call(.read, "sys/rotate/config").data
                == ["max_operations": 2_000_000, "interval": "24h0m0s", "enabled": false])
    }

    @Test(
        "values outside the bounds are refused and change nothing",
        arguments: [
            ["max_operations": 999_999], ["max_operations": 3_865_470_567],
            ["max_operations": -1], ["interval": "23h59m59s"], ["interval": -1],
            ["interval": "soon"], ["enabled": "perhaps"],
            ["max_operations": "99999999999999999999999"],
        ] as [JSONValue])
    func bounds(body: JSONValue) async throws {
        #expect(await server.call(.update, "sys/rotate/config", body).status == 400)
        #expect(
            await server.call(.read, "sys/rotate/config").data
                == ["max_operations": 3_865_470_566, "interval": 0, "enabled": true])
    }

    @Test("a key is replaced at its age, once, and only while that is switched on")
    func byAge() async throws {
        let rotation = try server.core.activeState().keyRotation
        let day = KeyRotationSettings.minIntervalSeconds
        let installed = Int64(try server.core.barrier.keyInfo().installedAtUnixSeconds)
        await rotation.rotateIfDue(now: installed + 100 * day)
        #expect(await term() == 1)
        _ = await server.call(.update, "sys/rotate/config", ["interval": "48h"])
        await rotation.rotateIfDue(now: installed + 2 * day - 1)
        #expect(await term() == 1)
        await rotation.rotateIfDue(now: installed + 2 * day)
        #expect(await term() == 2)
        _ = await server.call(.update, "sys/rotate/config", ["enabled": false])
        await rotation.rotateIfDue(now: installed + 100 * day)
        #expect(await term() == 2)
        // A clock that was set back is no age.
        #expect(!KeyRotationSettings().isDue(installedAt: .max, now: .min))
    }

    @Test("reading the status needs no sudo, rotating does") func sudo() async throws {
        await server.policy("k", "path \"sys/*\" { capabilities = [\"read\", \"update\"] }")
        let weak = try await server.token(["k"])
        #expect(await server.call(.read, "sys/key-status", token: weak).status == 200)
        #expect(await server.call(.update, "sys/rotate", token: weak).status == 403)
        #expect(await server.call(.update, "sys/rotate").status == 204)
        #expect(await term() == 2)
    }

    @Test("the number of encryptions is what was encrypted, also after sealing")
    func encryptions() async throws {
        func shown() async throws -> Int {
            let status = await server.call(.read, "sys/key-status")
            return try #require(status.data?["encryptions"]?.intValue)
        }
        _ = await server.call(.update, "sys/mounts/kept", ["type": "store"])
        let before = try await shown()
        #expect(before < 1000)
        for n in 0..<10 { _ = await server.call(.update, "kept/\(n)", ["value": 1]) }
        let after = try await shown()
        #expect(after >= before + 10 && after < 1000)
        try await server.core.seal()
        try await server.core.unseal(share: server.shares[0])
        let later = try await shown()
        #expect(later >= after && later < 1000)
    }
}
