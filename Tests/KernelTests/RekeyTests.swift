import Cryptography
import JSON
import Kernel
import KernelTesting
import Paths
import Storage
import Testing

@Suite struct RekeyTests {
    let server: TestCore

    init() async throws { server = try await TestCore(shares: 5, threshold: 3) }

    private func start(
        _ server: TestCore, shares: Int = 3, threshold: Int = 2, verify: Bool = false
    ) async throws -> String {
        let response = await server.call(
            .update, "sys/rekey/init",
            [
                "secret_shares": .int(shares), "secret_threshold": .int(threshold),
                "require_verification": .bool(verify),
            ])
        #expect(response.status == 200)
        #expect(response.data?["t"]?.intValue == threshold)
        #expect(response.data?["n"]?.intValue == shares)
        return try #require(response.data?["nonce"]?.stringValue)
    }

    private func give(
        _ server: TestCore, _ share: SecretBytes, _ nonce: String, to step: String = "update"
    ) async -> TestResponse {
        await server.call(
            .update, "sys/rekey/\(step)",
            ["key": .string(Hex.encode(share.exposedBytes())), "nonce": .string(nonce)])
    }

    private func shares(_ response: TestResponse) throws -> [SecretBytes] {
        let keys = try #require(response.data?["keys"]?.arrayValue)
        let encoded = try #require(response.data?["keys_base64"]?.arrayValue)
        #expect(keys.count == encoded.count)
        return try keys.map { SecretBytes(try #require($0.stringValue.flatMap { Hex.decode($0) })) }
    }

    /// Seals, and whether these shares open it again.
    private func opens(_ shares: some Sequence<SecretBytes>) async throws -> Bool {
        try await server.core.seal()
        for share in shares { try? await server.core.unseal(share: share) }
        let isOpen = !server.core.isSealed
        _ = await server.call(.update, "sys/unseal", ["reset": true])
        return isOpen
    }

    @Test("enough old shares give new ones; the new ones unseal, the old ones do not, data stay")
    func rekey() async throws {
        _ = await server.call(.update, "sys/mounts/kept", ["type": "store"])
        _ = await server.call(.update, "kept/a", ["value": 1])
        let nonce = try await start(server)
        for (index, share) in server.shares[0...1].enumerated() {
            let response = await give(server, share, nonce)
            #expect(response.data?["progress"]?.intValue == index + 1)
            #expect(response.data?["required"]?.intValue == 3)
            #expect(response.data?["keys"] == nil)
        }
        let last = await give(server, server.shares[4], nonce)
        #expect(last.data?["complete"]?.boolValue == true)
        let new = try shares(last)
        #expect(new.count == 3)
        #expect(await server.call(.read, "sys/rekey/init").data?["started"]?.boolValue == false)
        #expect(await server.call(.read, "sys/seal-status").data?["t"]?.intValue == 2)
        #expect(try await !opens(server.shares[0...2]))
        #expect(try await opens(new[1...2]))
        #expect(await server.call(.read, "kept/a").data == ["value": 1])
    }

    @Test("with verification the old shares count until the new ones were handed in")
    func verification() async throws {
        let nonce = try await start(server, verify: true)
        for share in server.shares[0...1] { _ = await give(server, share, nonce) }
        let last = await give(server, server.shares[2], nonce)
        #expect(last.data?["verification_required"]?.boolValue == true)
        let verify = try #require(last.data?["verification_nonce"]?.stringValue)
        let new = try shares(last)
        #expect(await give(server, server.shares[3], nonce).status == 400)
        #expect(await give(server, new[0], nonce, to: "verify").status == 400)
        let first = await give(server, new[0], verify, to: "verify")
        #expect(first.data?["progress"]?.intValue == 1)
        // A wrong share fails the verification, and it can be done again.
        let forged = SecretBytes(new[1].exposedBytes().reversed())
        let failed = await give(server, forged, verify, to: "verify")
        #expect(failed.errors == ["rekey verification failed; incorrect key shares supplied"])
        #expect(await server.call(.read, "sys/rekey/verify").data?["progress"]?.intValue == 0)
        _ = await give(server, new[2], verify, to: "verify")
        let done = await give(server, new[1], verify, to: "verify")
        #expect(done.data?["complete"]?.boolValue == true)
        #expect(done.data?["nonce"]?.stringValue == verify)
        #expect(try await !opens(server.shares[0...2]))
        #expect(try await opens(new[0...1]))
    }

    @Test("a verification that was not finished leaves the old shares, and sealing forgets it")
    func unfinishedVerification() async throws {
        let nonce = try await start(server, verify: true)
        for share in server.shares[0...1] { _ = await give(server, share, nonce) }
        let new = try shares(await give(server, server.shares[2], nonce))
        #expect(try await !opens(new))
        #expect(try await opens(server.shares[1...3]))
        #expect(await server.call(.read, "sys/rekey/init").data?["started"]?.boolValue == false)
    }

    @Test("a verification that is started over has another nonce and no progress")
    func restartedVerification() async throws {
        let nonce = try await start(server, verify: true)
        for share in server.shares[0...1] { _ = await give(server, share, nonce) }
        let last = await give(server, server.shares[2], nonce)
        let verify = try #require(last.data?["verification_nonce"]?.stringValue)
        let new = try shares(last)
        _ = await give(server, new[0], verify, to: "verify")
        let restarted = await server.call(.delete, "sys/rekey/verify")
        #expect(restarted.status == 200)
        #expect(restarted.data?["progress"]?.intValue == 0)
        let next = try #require(restarted.data?["nonce"]?.stringValue)
        #expect(next != verify)
        #expect(await give(server, new[0], verify, to: "verify").status == 400)
        _ = await give(server, new[0], next, to: "verify")
        #expect(
            await give(server, new[1], next, to: "verify").data?["complete"]?.boolValue == true)
    }

    @Test("wrong shares change nothing and are used up; a full store changes nothing")
    func failures() async throws {
        let nonce = try await start(server)
        let forged = SecretBytes(server.shares[2].exposedBytes().reversed())
        for share in server.shares[0...1] { _ = await give(server, share, nonce) }
        let response = await give(server, forged, nonce)
        #expect(response.status == 400)
        #expect(response.data == nil)
        #expect(await server.call(.read, "sys/rekey/init").data?["progress"]?.intValue == 0)
        #expect(try await opens(server.shares[0...2]))

        let store = FailingStore()
        let other = try await TestCore([], store: store, shares: 2, threshold: 2)
        for share in other.shares { try await other.core.unseal(share: share) }
        let second = try await start(other)
        _ = await give(other, other.shares[0], second)
        store.fill(true)
        let full = await give(other, other.shares[1], second)
        #expect(full.status == 503)
        #expect(full.data == nil)
        store.fill(false)
        try await other.core.seal()
        for share in other.shares { try await other.core.unseal(share: share) }
        #expect(!other.core.isSealed)
    }

    @Test("one rekey at a time, and impossible ones are refused") func starting() async throws {
        for (shares, threshold) in [(0, 0), (3, 1), (2, 3), (256, 2), (-1, 1)] {
            let response = await server.call(
                .update, "sys/rekey/init",
                ["secret_shares": .int(shares), "secret_threshold": .int(threshold)])
            #expect(response.status == 400)
        }
        let split: JSONObject = ["secret_shares": 1, "secret_threshold": 1]
        for (name, value) in [("pgp_keys", ["mQEN"]), ("backup", true), ("stored_shares", 2)]
            as [(String, JSONValue)]
        {
            var body = split
            body[name] = value
            let response = await server.call(.update, "sys/rekey/init", .object(body))
            #expect(response.status == 400)
        }
        #expect(
            await give(server, server.shares[0], "x").errors == ["no barrier rekey in progress"])
        #expect(await server.call(.read, "sys/rekey/verify").status == 400)
        let nonce = try await start(server)
        let again = await server.call(.update, "sys/rekey/init", .object(split))
        #expect(again.errors == ["rekey already in progress"])
        #expect(await give(server, server.shares[0], "wrong").status == 400)
        #expect(await give(server, server.shares[0], nonce).status == 200)
        #expect(await give(server, server.shares[0], nonce).status == 400)
        #expect(await server.call(.delete, "sys/rekey/init").status == 204)
        #expect(await server.call(.read, "sys/rekey/init").data?["started"]?.boolValue == false)
    }

    @Test(
        "strangers neither start nor cancel it, unless the listener lets them and they know the nonce"
    )
    func strangers() async throws {
        #expect(await server.call(.read, "sys/rekey/init", token: "").status == 403)
        #expect(
            await server.call(
                .read, "sys/rekey/init", token: "", permissions: .rootGeneration
            ).status == 403)
        await server.policy("r", "path \"sys/rekey/*\" { capabilities = [\"delete\", \"read\"] }")
        let weak = try await server.token(["r"])
        #expect(await server.call(.delete, "sys/rekey/init", token: weak).status == 403)
        let nonce = try await start(server, verify: true)
        for token in ["", weak] {
            let seen = await server.call(
                .read, "sys/rekey/init", token: token, permissions: .rekey)
            #expect(seen.data?["nonce"] == "")
            let response = await server.call(
                .delete, "sys/rekey/init", token: token, permissions: .rekey)
            #expect(response.status == 400)
            #expect(!response.errors.joined().contains(nonce))
        }
        for share in server.shares[0...2] { _ = await give(server, share, nonce) }
        let restart = await server.call(
            .delete, "sys/rekey/verify", token: "", permissions: .rekey)
        #expect(restart.status == 400)
        let status = await server.call(
            .read, "sys/rekey/verify", token: "", permissions: .rekey)
        #expect(status.data?["nonce"] == "")
        let cancelled = await server.call(
            .delete, "sys/rekey/init", ["nonce": .string(nonce)], token: "", permissions: .rekey)
        #expect(cancelled.status == 204)
    }

    @Test("to one share and back to several") func singleShare() async throws {
        let one = try await TestCore()
        var nonce = try await start(one, shares: 5, threshold: 3)
        let five = try shares(await give(one, one.shares[0], nonce))
        nonce = try await start(one, shares: 1, threshold: 1)
        for share in five[0...1] { _ = await give(one, share, nonce) }
        let single = try shares(await give(one, five[2], nonce))
        #expect(single.count == 1)
        try await one.core.seal()
        try await one.core.unseal(share: single[0])
        #expect(!one.core.isSealed)
    }

    @Test("the root key is replaced without shares, which stay valid; it needs sudo")
    func rootKey() async throws {
        _ = await server.call(.update, "sys/mounts/kept", ["type": "store"])
        _ = await server.call(.update, "kept/a", ["value": 1])
        await server.policy("r", "path \"sys/rotate/root\" { capabilities = [\"update\"] }")
        let weak = try await server.token(["r"])
        #expect(await server.call(.update, "sys/rotate/root", token: weak).status == 403)
        let before = try server.store.get("core/shamir-root")?.bytes
        #expect(await server.call(.update, "sys/rotate/root").status == 204)
        #expect(try server.store.get("core/shamir-root")?.bytes != before)
        #expect(try await opens(server.shares[0...2]))
        #expect(await server.call(.read, "kept/a").data == ["value": 1])
        // Also after a rekey it is the new shares that stay valid.
        let nonce = try await start(server)
        for share in server.shares[0...1] { _ = await give(server, share, nonce) }
        let new = try shares(await give(server, server.shares[2], nonce))
        #expect(await server.call(.update, "sys/rotate/root").status == 204)
        #expect(try await opens(new[0...1]))
    }

    @Test("recovery keys are said not to be there")
    func recovery() async throws {
        for path in ["sys/rekey-recovery-key/init", "sys/rotate/recovery/init"] {
            let response = await server.call(.update, path, [:])
            #expect(response.errors == ["recovery rekeying not supported"])
        }
        #expect(await server.call(.read, "sys/rekey/backup").status == 400)
        #expect(await server.call(.delete, "sys/rekey/backup").status == 204)
    }

    @Test("the form with an envelope works on the same operation") func envelope() async throws {
        let response = await server.call(
            .update, "sys/rotate/root/init", ["secret_shares": 1, "secret_threshold": 1])
        #expect(response.data?["started"]?.boolValue == true)
        #expect(await server.call(.read, "sys/rekey/init").data?["started"]?.boolValue == true)
    }
}
