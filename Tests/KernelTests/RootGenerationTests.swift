import Cryptography
import JSON
import Kernel
import KernelTesting
import Paths
import Testing

@Suite struct RootGenerationTests {
    let server: TestCore
    static let attempt = "sys/generate-root/attempt"

    init() async throws { server = try await TestCore(shares: 5, threshold: 3) }

    private func start(_ body: JSONValue = [:]) async throws -> (nonce: String, otp: String) {
        let response = await server.call(.update, Self.attempt, body)
        #expect(response.status == 200)
        return (
            try #require(response.data?["nonce"]?.stringValue),
            response.data?["otp"]?.stringValue ?? ""
        )
    }

    private func give(
        _ share: SecretBytes, _ nonce: String, token: String? = nil,
        permissions: ListenerPermissions = []
    ) async -> TestResponse {
        await server.call(
            .update, "sys/generate-root/update",
            ["key": .string(Hex.encode(share.exposedBytes())), "nonce": .string(nonce)],
            token: token, permissions: permissions)
    }

    private func decode(_ encoded: String, _ otp: String) throws -> String {
        #expect(!encoded.contains("="))
        let padding = String(repeating: "=", count: (4 - encoded.utf8.count % 4) % 4)
        let bytes = try #require(Base64.decode(encoded + padding))
        return String(decoding: zip(bytes, otp.utf8).map { $0 ^ $1 }, as: UTF8.self)
    }

    @Test("enough shares give a root token under the pad; the pad is shown once")
    func generates() async throws {
        let (nonce, otp) = try await start()
        #expect(otp.utf8.count == server.rootToken.utf8.count)
        let status = await server.call(.read, Self.attempt)
        #expect(status.data?["otp"] == "")
        #expect(status.data?["otp_length"]?.intValue == otp.utf8.count)
        #expect(status.data?["started"]?.boolValue == true)
        #expect(status.data?["required"]?.intValue == 3)
        for (index, share) in server.shares[1...3].enumerated() {
            let response = await give(share, nonce)
            #expect(response.status == 200)
            #expect(response.data?["progress"]?.intValue == index + 1)
            #expect(response.data?["complete"]?.boolValue == (index == 2))
            guard index == 2 else {
                #expect(response.data?["encoded_token"] == "")
                continue
            }
            let encoded = try #require(response.data?["encoded_token"]?.stringValue)
            #expect(response.data?["encoded_root_token"]?.stringValue == encoded)
            let token = try decode(encoded, otp)
            let look = await server.call(.read, "auth/token/lookup-self", token: token)
            #expect(look.data?["policies"] == ["root"])
            #expect(look.data?["path"] == "auth/token/root")
            #expect(look.data?["ttl"]?.intValue == 0)
        }
        #expect(await server.call(.read, Self.attempt).data?["started"]?.boolValue == false)
    }

    @Test("a pad of the caller's own is used and not repeated; one of another length is refused")
    func ownPad() async throws {
        let pad = String(repeating: "x", count: server.rootToken.utf8.count)
        let refused = await server.call(.update, Self.attempt, ["otp": "short"])
        #expect(refused.status == 400)
        let (nonce, shown) = try await start(["otp": .string(pad)])
        #expect(shown == "")
        for share in server.shares[0...1] { _ = await give(share, nonce) }
        let last = await give(server.shares[4], nonce)
        let token = try decode(try #require(last.data?["encoded_token"]?.stringValue), pad)
        #expect(await server.call(.read, "sys/mounts", token: token).status == 200)
    }

    @Test("wrong nonces, repeated shares and what is no share make no progress, and say no secret")
    func refusals() async throws {
        let (nonce, _) = try await start()
        let wrong = await give(server.shares[0], "11111111-1111-1111-1111-111111111111")
        #expect(wrong.status == 400)
        #expect(wrong.errors == ["incorrect nonce supplied for this root generation operation"])
        #expect(await give(server.shares[0], nonce).status == 200)
        #expect(await give(server.shares[0], nonce).status == 400)
        #expect(await give(SecretBytes([1, 2]), nonce).status == 400)
        let bad = await server.call(
            .update, "sys/generate-root/update", ["key": "zz!", "nonce": .string(nonce)])
        #expect(bad.errors == ["'key' must be a valid hex or base64 string"])
        #expect(await server.call(.read, Self.attempt).data?["progress"]?.intValue == 1)
    }

    @Test("wrong shares are used up at once, give nothing, and the right ones work afterwards")
    func wrongShares() async throws {
        let (nonce, otp) = try await start()
        let forged = SecretBytes(server.shares[2].exposedBytes().reversed())
        _ = await give(server.shares[0], nonce)
        _ = await give(server.shares[1], nonce)
        let response = await give(forged, nonce)
        #expect(response.status == 400)
        #expect(await server.call(.read, Self.attempt).data?["progress"]?.intValue == 0)
        for share in server.shares[0...1] { _ = await give(share, nonce) }
        let last = await give(server.shares[2], nonce)
        let token = try decode(try #require(last.data?["encoded_token"]?.stringValue), otp)
        #expect(await server.call(.read, "sys/mounts", token: token).status == 200)
    }

    @Test("one attempt at a time; sealing ends it") func oneAtATime() async throws {
        _ = try await start()
        let second = await server.call(.update, Self.attempt, [:])
        #expect(second.errors == ["root generation already in progress"])
        #expect(await server.call(.delete, Self.attempt).status == 204)
        let (nonce, _) = try await start()
        _ = await give(server.shares[0], nonce)
        _ = await server.call(.update, "sys/seal")
        #expect(await server.call(.read, Self.attempt).status == 503)
        for share in server.shares[0...2] { try await server.core.unseal(share: share) }
        #expect(await server.call(.read, Self.attempt).data?["started"]?.boolValue == false)
    }

    @Test("without the listener's permission it needs a token with sudo")
    func needsSudo() async throws {
        await server.policy("g", "path \"sys/generate-root/*\" { capabilities = [\"update\"] }")
        let weak = try await server.token(["g"])
        for token in ["", "hvs.unknown", weak] {
            for permissions in [ListenerPermissions(), .rekey] {
                let response = await server.call(
                    .update, Self.attempt, [:], token: token, permissions: permissions)
                #expect(response.status == 403)
            }
        }
        await server.policy(
            "g", "path \"sys/generate-root/*\" { capabilities = [\"update\", \"sudo\"] }")
        #expect(await server.call(.update, Self.attempt, [:], token: weak).status == 200)
    }

    @Test("with the permission shares are enough, and strangers cannot end an attempt")
    func openListener() async throws {
        let open = ListenerPermissions.rootGeneration
        let started = await server.call(
            .update, Self.attempt, [:], token: "", permissions: open)
        let nonce = try #require(started.data?["nonce"]?.stringValue)
        // Who did not start it does not learn the nonce, and so cannot cancel.
        let seen = await server.call(.read, Self.attempt, token: "", permissions: open)
        #expect(seen.status == 200)
        #expect(seen.data?["nonce"] == "")
        #expect(seen.data?["otp"] == "")
        for body in [nil, ["nonce": ""], ["nonce": "x"]] as [JSONValue?] {
            for token in ["", "hvs.unknown"] {
                let response = await server.call(
                    .delete, Self.attempt, body, token: token, permissions: open)
                #expect(response.status == 400)
                #expect(!response.errors.joined().contains(nonce))
            }
        }
        _ = await give(server.shares[0], nonce, token: "", permissions: open)
        #expect(
            await server.call(.read, Self.attempt).data?["progress"]?.intValue == 1)
        let cancelled = await server.call(
            .delete, Self.attempt, ["nonce": .string(nonce)], token: "", permissions: open)
        #expect(cancelled.status == 204)
        // A token with sudo needs no nonce.
        _ = await server.call(.update, Self.attempt, [:], token: "", permissions: open)
        #expect(await server.call(.delete, Self.attempt, permissions: open).status == 204)
        #expect(await server.call(.read, Self.attempt).data?["started"]?.boolValue == false)
    }

    @Test("the permission opens nothing else") func onlyThese() async throws {
        let all: ListenerPermissions = [.rekey, .rootGeneration]
        for path in ["sys/generate-root-token/attempt", "sys/rotate/root/init", "sys/mounts"] {
            #expect(await server.call(.read, path, token: "", permissions: all).status == 403)
        }
    }

    @Test("the form with an envelope works on the same attempt") func envelope() async throws {
        let started = await server.call(.update, "sys/generate-root-token/attempt", [:])
        #expect(started.data?["otp"]?.stringValue?.isEmpty == false)
        #expect(await server.call(.read, Self.attempt).data?["started"]?.boolValue == true)
    }

    @Test("PGP keys and recovery tokens are refused, not ignored") func unbuilt() async throws {
        #expect(await server.call(.update, Self.attempt, ["pgp_key": "mQEN"]).status == 400)
        #expect(
            await server.call(.update, "sys/generate-recovery-token/attempt", [:]).status == 400)
        #expect(await server.call(.read, Self.attempt).data?["started"]?.boolValue == false)
    }
}
