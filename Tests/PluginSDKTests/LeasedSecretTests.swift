import JSON
import Paths
import PluginSDK
import PluginTesting
import Testing
import Wire

@Suite("Secrets that end, and what their engine is asked about them")
struct LeasedSecretTests {
    private static func engine(_ log: Witness = Witness()) -> Engine {
        let fixed = LeasedSecret("fixed") { _ in .answer(.none) }
        let user = LeasedSecret(
            "user",
            revoke: { request in
                .answer(.json(request.internalData))
            },
            renew: { request in
                let ttl = try request.body()?["ttl"]?.intValue ?? 0
                let lease = LeaseGrant(ttlSeconds: UInt64(ttl / 2))
                return .answer(Answer(lease: lease))
            })
        return Engine(
            paths: [
                Path("user", .read, help: "") { _ in
                    .intend(user.intent(["name": "u1"])) {
                        log.ran()
                        return .answer(
                            user.answer(["a": 1], keeping: ["name": "u1"], ttlSeconds: 60))
                    }
                },
                Path("fixed", .read, help: "") { _ in .answer(fixed.answer(["a": 2])) },
            ], leases: [user, fixed])
    }

    @Test("an intent is written before the secret is made, and comes back with a rollback")
    func intent() throws {
        let log = Witness()
        let harness = EngineHarness(Self.engine(log))
        harness.storage.fail(PluginFailure(.unavailable, "no storage"))
        #expect(throws: PluginError.self) { try harness.call(.read, "user") }
        #expect(log.count == 0)
        harness.storage.fail(nil)
        let answer = try harness.call(.read, "user")
        #expect(log.count == 1)
        #expect(answer.lease?.ttlSeconds == 60)
        #expect(answer.lease?.renewable == true)
        let intent = try #require(harness.storage.intents.first)
        let undone = try harness.call(.rollback, "user", keeping: intent)
        #expect(try undone.json == ["name": "u1"])
    }

    @Test("renewal and revocation reach the kind of secret that the lease is of")
    func kinds() throws {
        let harness = EngineHarness(Self.engine())
        let user = try #require(try harness.call(.read, "user").lease)
        let fixed = try #require(try harness.call(.read, "fixed").lease)
        #expect(!fixed.renewable)
        let revoked = try harness.call(.revoke, "user", keeping: user.internalData)
        #expect(try revoked.json == ["name": "u1"])
        let renewed = try harness.call(.renew, "user", ["ttl": 100], keeping: user.internalData)
        #expect(renewed.lease?.ttlSeconds == 50)
        #expect(throws: PluginError(.unsupportedOperation, "")) {
            try harness.call(.renew, "fixed", keeping: fixed.internalData)
        }
    }

    @Test(
        "data that no lease of this engine keeps are refused",
        arguments: ["", "x", "[]", "{}", "{\"secret\":\"other\",\"data\":{}}"])
    func foreign(data: String) throws {
        let harness = EngineHarness(Self.engine())
        #expect(throws: PluginError(.unsupportedOperation, "")) {
            try harness.call(.revoke, "user", keeping: Array(data.utf8))
        }
    }
}
