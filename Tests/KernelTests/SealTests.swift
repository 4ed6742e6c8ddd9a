import Cryptography
import JSON
import Kernel
import KernelTesting
import Paths
import Storage
import Testing

@Suite struct SealTests {
    private func sealed(shares: Int = 5, threshold: Int = 3) async throws -> TestCore {
        try await TestCore([.store], store: MemoryStore(), shares: shares, threshold: threshold)
    }

    private func hex(_ share: SecretBytes) -> JSONValue {
        .string(Hex.encode(share.exposedBytes()))
    }

    @Test("any three of five shares unseal, and progress is shown on the way")
    func thresholdUnseals() async throws {
        let server = try await sealed()
        for (index, share) in [4, 0, 2].enumerated() {
            let response = await server.call(
                .update, "sys/unseal", ["key": hex(server.shares[share])])
            #expect(response.status == 200)
            #expect(response.data?["sealed"]?.boolValue == (index < 2))
            #expect(response.data?["progress"]?.intValue == (index < 2 ? index + 1 : 0))
        }
        #expect(await server.call(.read, "sys/mounts").status == 200)
    }

    @Test("the same share twice is one share") func repeatedShare() async throws {
        let server = try await sealed()
        for _ in 0..<2 {
            let response = await server.call(.update, "sys/unseal", ["key": hex(server.shares[0])])
            #expect(response.data?["progress"]?.intValue == 1)
        }
    }

    @Test("shares are taken in base64 too") func base64Share() async throws {
        let server = try await sealed(shares: 1, threshold: 1)
        let key = JSONValue.string(Base64.encode(server.shares[0].exposedBytes()))
        #expect(
            await server.call(.update, "sys/unseal", ["key": key]).data?["sealed"]?.boolValue
                == false)
    }

    @Test("a wrong share is an error, ends the attempt, and the right ones work afterwards")
    func wrongShare() async throws {
        let server = try await sealed(shares: 3, threshold: 2)
        let forged = SecretBytes(server.shares[1].exposedBytes().reversed())
        _ = await server.call(.update, "sys/unseal", ["key": hex(server.shares[0])])
        let response = await server.call(.update, "sys/unseal", ["key": hex(forged)])
        #expect(response.status == 400)
        #expect(await server.call(.read, "sys/seal-status").data?["progress"]?.intValue == 0)
        _ = await server.call(.update, "sys/unseal", ["key": hex(server.shares[0])])
        let right = await server.call(.update, "sys/unseal", ["key": hex(server.shares[2])])
        #expect(right.data?["sealed"]?.boolValue == false)
    }

    @Test("a reset forgets the shares given so far, and its nonce") func reset() async throws {
        let server = try await sealed()
        let first = await server.call(.update, "sys/unseal", ["key": hex(server.shares[0])])
        #expect(first.data?["nonce"]?.stringValue?.isEmpty == false)
        let reset = await server.call(.update, "sys/unseal", ["reset": true])
        #expect(reset.data?["progress"]?.intValue == 0)
        #expect(reset.data?["nonce"]?.stringValue == "")
    }

    @Test(
        "what is not a key share is refused with its reason",
        arguments: [
            (["key": "zz!"], "'key' must be a valid hex or base64 string"),
            ([:], "'key' must be specified in request body as JSON, or 'reset' set to true"),
            (["key": "abcd"], "key is 2 bytes long, but a key share of this server has 33"),
        ] as [(JSONValue, String)])
    func malformedShare(body: JSONValue, text: String) async throws {
        let server = try await sealed()
        let response = await server.call(.update, "sys/unseal", body)
        #expect(response.status == 400)
        #expect(response.errors == [text])
    }

    @Test("a sealed server answers 503 to everything but its status")
    func sealedAnswers() async throws {
        let server = try await sealed()
        for path in ["secret/a", "sys/mounts", "auth/token/lookup-self"] {
            let response = await server.call(.read, path)
            #expect(response.status == 503)
            #expect(response.errors == ["Vault is sealed"])
        }
        #expect(
            await server.call(.read, "sys/seal-status", token: "").data?["sealed"]?.boolValue
                == true)
        #expect(await server.call(.read, "sys/health", token: "").status == 503)
        #expect(
            await server.call(.read, "sys/health", ["sealedcode": "299"], token: "").status == 299)
    }

    @Test("what was written before sealing is there after unsealing")
    func dataSurviveSealing() async throws {
        let server = try await TestCore()
        _ = await server.call(.update, "sys/mounts/kept", ["type": "store"])
        _ = await server.call(.update, "kept/a", ["value": 1])
        #expect(await server.call(.update, "sys/seal").status == 204)
        #expect(await server.call(.read, "kept/a").status == 503)
        _ = await server.call(.update, "sys/unseal", ["key": hex(server.shares[0])])
        #expect(await server.call(.read, "kept/a").data == ["value": 1])
    }

    @Test("a second initialisation is refused") func initializedOnce() async throws {
        let server = try await sealed()
        let response = await server.call(
            .update, "sys/init", ["secret_shares": 1, "secret_threshold": 1], token: "")
        #expect(response.status == 400)
        #expect(response.errors == ["Vault is already initialized"])
    }

    @Test(
        "impossible seal configurations are refused",
        arguments: [(0, 1), (1, 0), (3, 1), (2, 3), (256, 2), (-1, -1)])
    func impossibleConfigurations(shares: Int, threshold: Int) async throws {
        await #expect(throws: BackendFailure.self) {
            _ = try await TestCore([], store: MemoryStore(), shares: shares, threshold: threshold)
        }
    }

    @Test("sealing needs the sudo capability") func sealNeedsSudo() async throws {
        let server = try await TestCore()
        await server.policy("sealer", "path \"sys/seal\" { capabilities = [\"update\"] }")
        let weak = try await server.token(["sealer"])
        #expect(await server.call(.update, "sys/seal", token: weak).status == 403)
        await server.policy("sealer", "path \"sys/seal\" { capabilities = [\"update\", \"sudo\"] }")
        #expect(await server.call(.update, "sys/seal", token: weak).status == 204)
    }
}
