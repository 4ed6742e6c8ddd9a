import Cryptography
import JSON
import NIOHTTP1
import Testing

@testable import CLI

@Suite("transit")
struct TransitCommandTests {
    /// The engine's wrapping key; a small one is quick to make and wraps as well.
    private static let receiver = try? PrivateKey.generate(.rsa(bits: 2048))

    private func withServer(
        _ answer: (path: String, reply: Canned),
        _ body: (FakeServer, PrivateKey) async throws -> Void
    ) async throws {
        let key = try #require(Self.receiver)
        let pem = PEM.encode("PUBLIC KEY", try key.publicKey().subjectPublicKeyInfo())
        let data = JSONValue.object(["public_key": .string(pem)]).encodedString()
        try await FakeServer.with([
            "GET /v1/transit/wrapping_key": .data(data), answer.path: answer.reply,
        ]) { server in try await body(server, key) }
    }

    private func unwrapped(
        _ received: Received?, with key: PrivateKey, _ digest: Digest = .sha2With256Bits
    ) throws -> [UInt8] {
        let text = received?.json?["ciphertext"]?.stringValue ?? ""
        let bytes = try #require(Base64.decode(text))
        return try bytes.withUnsafeBytes {
            try KeyTransport.unwrap($0, with: key, digest: digest).exposedBytes()
        }
    }

    private let endpoint = "PUT /v1/transit/keys/app/import"

    @Test("a key leaves this machine wrapped for the engine, and in no other form")
    func wraps() async throws {
        try await withServer((endpoint, .noContent)) { server, key in
            let secret = [UInt8](1...32)
            let outcome = await coffer(
                "transit import transit/keys/app \(Base64.encode(secret)) type=aes256-gcm96",
                server: server)
            #expect(outcome.code == 0)
            #expect(outcome.out.hasSuffix("Success!\n"))
            #expect(server.received.last?.json?["type"] == "aes256-gcm96")
            let sent = try unwrapped(server.received.last, with: key)
            #expect(sent == secret)
        }
    }

    @Test("the key may come from standard input, and the digest is the one that is sent along")
    func input() async throws {
        try await withServer((endpoint, .noContent)) { server, key in
            let outcome = await coffer(
                "transit import transit/keys/app - hash_function=SHA384", server: server,
                input: "AQID\n")
            #expect(outcome.code == 0)
            let sent = try unwrapped(server.received.last, with: key, .sha2With384Bits)
            #expect(sent == [1, 2, 3])
        }
    }

    @Test("PEM is taken for what is in it, and a new version goes where versions go")
    func pem() async throws {
        let versions = "PUT /v1/transit/keys/app/import_version"
        try await withServer((versions, .noContent)) { server, key in
            let pem = PEM.encode("PRIVATE KEY", [4, 5, 6])
            let outcome = await coffer(
                "transit import-version transit/keys/app -", server: server, input: pem)
            #expect(outcome.code == 0)
            let sent = try unwrapped(server.received.last, with: key)
            #expect(sent == [4, 5, 6])
        }
    }

    @Test("what is no key is refused here, and not repeated", arguments: ["hunter2!", "", "AQI"])
    func noKey(text: String) async throws {
        try await withServer((endpoint, .noContent)) { server, _ in
            let outcome = await coffer(
                ["transit", "import", "transit/keys/app", text], server: server)
            #expect(outcome.code == 1)
            #expect(!outcome.err.contains("hunter2"))
            #expect(server.received.isEmpty)
        }
    }

    @Test("an encrypted or old PEM is refused with the way out")
    func otherPEM() async throws {
        for label in ["RSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "PUBLIC KEY"] {
            let outcome = await coffer(
                "transit import transit/keys/app -", input: PEM.encode(label, [1]))
            #expect(outcome.code == 1)
            #expect(outcome.err.contains("openssl pkcs8"))
        }
    }

    @Test("the path names a key of a mount", arguments: ["app", "keys/app", "transit/app"])
    func path(path: String) async throws {
        let outcome = await coffer("transit import \(path) AQID")
        #expect(outcome.code == 1)
        #expect(outcome.err.contains("MOUNT/keys/NAME"))
    }

    @Test("what the server refuses is said, with its own exit code")
    func refused() async throws {
        try await withServer((endpoint, .errors(400, "the key is there already"))) { server, _ in
            let outcome = await coffer("transit import transit/keys/app AQID", server: server)
            #expect(outcome.code == 2)
            #expect(outcome.err.contains("the key is there already"))
        }
    }
}
