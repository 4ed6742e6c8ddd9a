// Identity tokens, signed and looked into, with the attacks on such tokens.

import Clock
import Cryptography
import JSON
import KernelTesting
import Testing

@testable import Kernel

@Suite struct IdentityTokenTests {
    typealias Bench = OIDCStoreTests.Bench
    static let now = Timestamp(seconds: OIDCStoreTests.start)
    static let address = "https://server:8200"

    static func issue(
        _ bench: Bench, _ role: String = "r", now: Timestamp = now
    ) async throws -> IdentityToken {
        try await bench.store.issue(
            OIDCName(role), OIDCTemplateTests.bob, serverAddress: address, namespace: "root",
            now: now)
    }

    static func problem(
        _ bench: Bench, _ token: String, clientID: String? = nil, at seconds: Int64 = 0
    ) -> String? {
        do throws(InactiveIdentityToken) {
            _ = try bench.store.verify(
                token, clientID: clientID, serverAddress: address, now: now.seconds + seconds)
            return nil
        } catch { return error.reason }
    }

    static func part(_ token: String, _ index: Int) throws -> JSONValue {
        let parts = token.split(separator: ".").map(String.init)
        try #require(parts.count == 3)
        return try JSONValue(parsing: try #require(Base64.decodeURL(parts[index])))
    }

    @Test(
        "a token of every algorithm names its key, says who it is for, and is active",
        arguments: JWSAlgorithm.allCases)
    func life(_ algorithm: JWSAlgorithm) async throws {
        let bench = try await Bench()
        try await bench.makeKey("k", algorithm: algorithm)
        try await bench.makeRole("r", key: "k", ttl: 60, clientID: "app")
        let token = try await Self.issue(bench)
        let signing = try OIDCStoreTests.pairs(bench.store, "k").signing
        #expect(
            try Self.part(token.text, 0) == [
                "alg": .string(algorithm.rawValue), "kid": .string(signing.keyID),
            ])
        #expect(
            try Self.part(token.text, 1) == [
                "iss": "https://server:8200/v1/identity/oidc", "namespace": "root",
                "sub": .string(OIDCTemplateTests.bob.entityID), "aud": "app",
                "iat": .int(Self.now.seconds), "exp": .int(Self.now.seconds + 60),
            ])
        #expect(Self.problem(bench, token.text) == nil)
        #expect(Self.problem(bench, token.text, clientID: "app") == nil)
        #expect(Self.problem(bench, token.text, clientID: "other")?.contains("(aud)") == true)
        #expect(Self.problem(bench, token.text, at: 60)?.contains("(exp)") == true)
    }

    @Test("a token stays good over a rotation until its end, and not when its key is withdrawn")
    func rotation() async throws {
        let bench = try await Bench()
        try await bench.makeKey("k")
        try await bench.makeRole("r", key: "k")
        let token = try await Self.issue(bench)
        _ = try await bench.store.maintain(now: Self.now.seconds + 3600)
        #expect(Self.problem(bench, token.text, at: 3599) == nil)
        let second = try await Self.issue(bench)
        #expect(try Self.part(second.text, 0) != Self.part(token.text, 0))
        try await bench.store.rotateKey(OIDCName("k"), lifetimeSeconds: 0, now: Self.now.seconds)
        #expect(Self.problem(bench, token.text) == nil)
        #expect(Self.problem(bench, second.text)?.contains("signature") == true)
    }

    @Test("the key that is always there signs for any role, and makes its pairs when it has to")
    func defaultKey() async throws {
        let bench = try await Bench()
        #expect(OIDCStoreTests.publishedIDs(bench.store, Self.now.seconds).isEmpty)
        try await bench.makeRole("r", key: "default")
        let token = try await Self.issue(bench)
        #expect(Self.problem(bench, token.text) == nil)
        #expect(token.clientID.utf8.count == 27)
        #expect(OIDCStoreTests.publishedIDs(try bench.reopened(), Self.now.seconds).count == 2)
    }

    @Test("a role signs only with a key that is there and lists the role's client")
    func permission() async throws {
        let bench = try await Bench()
        try await bench.makeRole("r", key: "k", ttl: 60, clientID: "app")
        let missing = await OIDCStoreTests.failure { _ = try await Self.issue(bench) }
        #expect(missing == "key \"k\" not found")
        try await bench.makeKey("k", clients: ["other"])
        let unlisted = await OIDCStoreTests.failure { _ = try await Self.issue(bench) }
        #expect(
            unlisted
                == "the key \"k\" does not list the client ID of the role \"r\" as an allowed "
                + "client ID")
        try await bench.makeKey("k", clients: ["other", "app"])
        _ = try await Self.issue(bench)
        let unknown = await OIDCStoreTests.failure { _ = try await Self.issue(bench, "none") }
        #expect(unknown == "role \"none\" not found")
    }

    @Test("a token that may not be used yet is not active")
    func notBefore() async throws {
        let bench = try await Bench()
        try await bench.makeKey("k")
        try await bench.store.putRole(
            OIDCName("r"),
            OIDCRoleSettings(
                keyName: OIDCName("k"),
                template: OIDCTemplateCompiler.compile("{\"nbf\": {{time.now.plus.10s}}}"),
                ttlSeconds: 60), now: Self.now.seconds)
        let token = try await Self.issue(bench)
        #expect(Self.problem(bench, token.text, at: 9)?.contains("(nbf)") == true)
        #expect(Self.problem(bench, token.text, at: 10) == nil)
    }

    // MARK: Attacks

    private static func assemble(_ header: JSONValue, _ claims: String, _ signature: [UInt8])
        -> String
    {
        [Base64.encodeURL(header.encoded()), claims, Base64.encodeURL(signature)]
            .joined(separator: ".")
    }

    @Test("the header chooses neither the algorithm nor the key")
    func algorithmConfusion() async throws {
        let bench = try await Bench()
        try await bench.makeKey("k", algorithm: .rs256)
        try await bench.makeRole("r", key: "k")
        let token = try await Self.issue(bench)
        let parts = token.text.split(separator: ".").map(String.init)
        let pair = try OIDCStoreTests.pairs(bench.store, "k").signing
        let id = JSONValue.string(pair.keyID)
        let signature = try #require(Base64.decodeURL(parts[2]))
        // The public key as an HMAC secret, the oldest trick with such tokens.
        let hmac = JSONValue.object(["alg": "HS256", "kid": id])
        let input = Base64.encodeURL(hmac.encoded()) + "." + parts[1]
        let forged = HMACSHA256(key: pair.publicKey.encoded).authenticate(input)
        let attacker = try PrivateKey.generate(.rsa(bits: 2048))
        let own: JSONValue = [
            "alg": "RS256", "kid": id,
            "jwk": .object(
                JSONObject(
                    try attacker.publicKey().jwkMembers().map { ($0.name, .string($0.value)) })),
        ]
        let ownInput = Base64.encodeURL(own.encoded()) + "." + parts[1]
        let tokens = [
            Self.assemble(hmac, parts[1], forged),
            Self.assemble(["alg": "none", "kid": id], parts[1], []),
            Self.assemble(["alg": "None"], parts[1], []),
            Self.assemble(["alg": "RS512", "kid": id], parts[1], signature),
            Self.assemble(["alg": "RS256"], parts[1], signature),
            Self.assemble(["alg": "RS256", "kid": "x"], parts[1], signature),
            Self.assemble(
                own, parts[1], try attacker.sign(Array(ownInput.utf8), .rsaPKCS1(.sha256))),
            Self.assemble(["alg": "RS256", "kid": id, "crit": ["x"]], parts[1], signature),
        ]
        for forgery in tokens {
            #expect(Self.problem(bench, forgery) == "unable to validate the token signature")
        }
        #expect(Self.problem(bench, token.text) == nil)
    }

    @Test(
        "changed, cut and padded tokens are not active, and end nothing",
        arguments: [
            "", ".", "..", "...", "a.b.c", "e30.e30.", "e30.e30.e30", "W10.W10.",
            "\u{0}.\u{0}.\u{0}",
            String(repeating: ".", count: 5000),
        ])
    func malformed(_ text: String) async throws {
        let bench = try await Bench()
        #expect(Self.problem(bench, text) != nil)
    }

    @Test("no byte of a token can be changed")
    func tampering() async throws {
        let bench = try await Bench()
        try await bench.makeKey("k")
        try await bench.makeRole("r", key: "k")
        let token = Array(try await Self.issue(bench).text.utf8)
        for place in stride(from: 0, to: token.count, by: 3) {
            var changed = token
            changed[place] =
                changed[place] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            #expect(Self.problem(bench, String(decoding: changed, as: UTF8.self)) != nil)
            let cut = String(decoding: token.prefix(place), as: UTF8.self)
            #expect(Self.problem(bench, cut) != nil)
        }
    }

    @Test("a token of an issuer of the past is not active")
    func otherIssuer() async throws {
        let bench = try await Bench()
        try await bench.makeKey("k")
        try await bench.makeRole("r", key: "k")
        let token = try await Self.issue(bench)
        try await bench.store.change { change throws(BackendFailure) in
            change.set(try OIDCIssuer("https://elsewhere"))
        }
        #expect(Self.problem(bench, token.text)?.contains("(iss)") == true)
    }

    @Test("an audience may be a text or a list, and is checked in both")
    func audiences() throws {
        func problem(_ audience: JSONValue?) -> String? {
            var claims: JSONObject = ["iss": "i", "sub": "s", "exp": 10]
            claims["aud"] = audience
            do throws(InactiveIdentityToken) {
                _ = try VerifiedIdentityToken(claims, issuer: "i", clientID: "app", now: 9)
                return nil
            } catch { return error.reason }
        }
        #expect(problem("app") == nil && problem(["x", "app"]) == nil)
        for wrong: JSONValue? in ["x", ["x"], [], nil, [["app"]], ["app": "app"], 1] {
            #expect(problem(wrong)?.contains("(aud)") == true)
        }
    }
}
