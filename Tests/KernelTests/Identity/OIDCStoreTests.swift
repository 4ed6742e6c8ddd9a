// Named keys over time: rotation, restart, and clocks that jump. Every time is handed in.

import Barrier
import Clock
import Cryptography
import JSON
import KernelTesting
import Testing

@testable import Kernel

@Suite struct OIDCStoreTests {
    static let start: Int64 = 1_700_000_000
    static let hour: Int64 = 3600

    /// A store on a barrier of its own; `reopened` is the same after a restart.
    struct Bench {
        let server: TestCore
        let store: OIDCStore
        static let prefix = "test/"

        init() async throws {
            server = try await TestCore()
            store = try OIDCStore(barrier: server.core.barrier, namespacePrefix: Self.prefix)
        }

        func reopened() throws -> OIDCStore {
            try OIDCStore(barrier: server.core.barrier, namespacePrefix: Self.prefix)
        }

        func privateKeyIDs() throws -> Set<String> {
            Set(
                try server.core.barrier.list(
                    Self.prefix + "identity/oidc/private/", after: "", limit: 1000))
        }

        /// A key by elliptic curve, since those are quick to make.
        func makeKey(
            _ name: String, period: Int64 = hour, lifetime: Int64 = hour,
            clients: [String] = ["*"], algorithm: JWSAlgorithm = .es256
        ) async throws {
            try await store.putKey(
                OIDCName(name),
                OIDCKeySettings(
                    algorithm: algorithm, rotationPeriodSeconds: period,
                    verificationTTLSeconds: lifetime, allowedClientIDs: clients), now: start)
        }

        func makeRole(
            _ name: String, key: String, ttl: Int64 = hour, clientID: String? = nil
        ) async throws {
            try await store.putRole(
                OIDCName(name),
                OIDCRoleSettings(keyName: OIDCName(key), ttlSeconds: ttl, clientID: clientID),
                now: start)
        }
    }

    static func publishedIDs(_ store: OIDCStore, _ now: Int64) -> Set<String> {
        Set(
            store.keySet(now: now).keys["keys"]?.arrayValue?.compactMap { $0["kid"]?.stringValue }
                ?? [])
    }

    static func failure(
        _ body: () async throws -> Void
    ) async -> String? {
        do { try await body() } catch { return (error as? BackendFailure)?.message ?? "\(error)" }
        return nil
    }

    static func pairs(_ store: OIDCStore, _ name: String) throws -> OIDCNamedKey.Pairs {
        try #require(try store.table.keys[OIDCName(name)]?.pairs)
    }

    // MARK: Rotation

    @Test("a rotation brings the announced key forward and keeps the old public key for a while")
    func rotation() async throws {
        let bench = try await Bench()
        try await bench.makeKey("k", lifetime: 2 * Self.hour)
        let before = try Self.pairs(bench.store, "k")
        #expect(
            Self.publishedIDs(bench.store, Self.start) == [before.signing.keyID, before.next.keyID])
        #expect(try await bench.store.maintain(now: Self.start + Self.hour - 1) == [])
        #expect(
            try await bench.store.maintain(now: Self.start + Self.hour).map(\.text) == ["k"])
        let after = try Self.pairs(bench.store, "k")
        #expect(after.signing.keyID == before.next.keyID)
        let (all, end) = (Self.publishedIDs, Self.start + 3 * Self.hour)
        #expect(all(bench.store, end - 1).contains(before.signing.keyID))
        #expect(!all(bench.store, end).contains(before.signing.keyID))
        #expect(all(bench.store, end).isSuperset(of: [after.signing.keyID, after.next.keyID]))
    }

    @Test("a private key is gone from storage as soon as it signs no more")
    func privateKeys() async throws {
        let bench = try await Bench()
        try await bench.makeKey("k")
        let before = try Self.pairs(bench.store, "k")
        #expect(try bench.privateKeyIDs() == [before.signing.keyID, before.next.keyID])
        try await bench.store.rotateKey(OIDCName("k"), lifetimeSeconds: nil, now: Self.start)
        let after = try Self.pairs(bench.store, "k")
        #expect(try bench.privateKeyIDs() == [after.signing.keyID, after.next.keyID])
        try await bench.store.deleteKey(OIDCName("k"))
        #expect(try bench.privateKeyIDs() == [])
    }

    @Test("keys, roles, issuer and due times survive a restart, and a long stop rotates once")
    func restart() async throws {
        let bench = try await Bench()
        try await bench.makeKey("k")
        try await bench.makeRole("r", key: "k", clientID: "app")
        try await bench.store.change { change throws(BackendFailure) in
            change.set(try OIDCIssuer("https://example.com"))
        }
        let before = try Self.pairs(bench.store, "k")
        let reopened = try bench.reopened()
        #expect(try Self.pairs(reopened, "k").signing.keyID == before.signing.keyID)
        #expect(reopened.table.roles[try OIDCName("r")]?.clientID == "app")
        #expect(reopened.table.issuer.base == "https://example.com")
        let later = Self.start + 1000 * Self.hour
        #expect(try await reopened.maintain(now: later).count == 1)
        #expect(try await reopened.maintain(now: later).isEmpty)
        // The key that signed last is believed for a while, although it should have gone long ago.
        #expect(Self.publishedIDs(reopened, later).contains(before.signing.keyID))
        #expect(
            Self.publishedIDs(try bench.reopened(), later) == Self.publishedIDs(reopened, later))
    }

    @Test("after a clock that was years ahead, rotations go on by the right one")
    func clockSetBack() async throws {
        let bench = try await Bench()
        try await bench.makeKey("k")
        let years = Self.start + 100_000 * Self.hour
        let first = try Self.pairs(bench.store, "k").signing.keyID
        #expect(try await bench.store.maintain(now: years).count == 1)
        #expect(try await bench.store.maintain(now: Self.start + 10).isEmpty)
        let due = try #require(bench.store.table.keys[try OIDCName("k")]?.nextRotationAt)
        #expect(due == Self.start + 10 + Self.hour)
        #expect(!Self.publishedIDs(bench.store, Self.start + 10 + Self.hour).contains(first))
        #expect(try await bench.store.maintain(now: due).count == 1)
    }

    @Test(
        "times at the ends of the range neither trap nor rotate for ever",
        arguments: [Int64.max, Int64.max - 1, 0, Int64.min])
    func extremeTimes(_ now: Int64) async throws {
        let bench = try await Bench()
        try await bench.makeKey("k")
        _ = try await bench.store.maintain(now: now)
        try await bench.store.rotateKey(OIDCName("k"), lifetimeSeconds: .max, now: now)
        _ = bench.store.keySet(now: now)
        let sleep = bench.store.secondsToSleep(now: now)
        #expect((1...KernelLimits.identityTokenRotationSeconds).contains(sleep))
    }

    @Test("rotating by hand takes a lifetime of its own; zero withdraws the old key at once")
    func manualRotation() async throws {
        let bench = try await Bench()
        try await bench.makeKey("k")
        let name = try OIDCName("k")
        let first = try Self.pairs(bench.store, "k").signing.keyID
        try await bench.store.rotateKey(name, lifetimeSeconds: 0, now: Self.start)
        #expect(!Self.publishedIDs(bench.store, Self.start).contains(first))
        let second = try Self.pairs(bench.store, "k").signing.keyID
        try await bench.store.rotateKey(name, lifetimeSeconds: 5, now: Self.start)
        #expect(Self.publishedIDs(bench.store, Self.start + 4).contains(second))
        #expect(!Self.publishedIDs(bench.store, Self.start + 5).contains(second))
        #expect(
            await Self.failure {
                try await bench.store.rotateKey(
                    OIDCName("none"), lifetimeSeconds: nil, now: Self.start)
            } == "no named key found at \"none\"")
    }

    @Test("rotating again and again does not grow the key set without bound")
    func rotationFlood() async throws {
        let bench = try await Bench()
        try await bench.makeKey("k", algorithm: .edDSA)
        let name = try OIDCName("k")
        let problem = await Self.failure {
            for _ in 0...KernelLimits.retiredIdentityTokenKeys {
                try await bench.store.rotateKey(name, lifetimeSeconds: nil, now: Self.start)
            }
        }
        #expect(problem?.contains("was rotated 64 times") == true)
        try await bench.store.rotateKey(name, lifetimeSeconds: 0, now: Self.start)
        try await bench.store.rotateKey(name, lifetimeSeconds: nil, now: Self.start + Self.hour)
    }

    @Test("a new algorithm signs at once and leaves the old public key to verify")
    func algorithmChange() async throws {
        let bench = try await Bench()
        try await bench.makeKey("k")
        let old = try Self.pairs(bench.store, "k").signing.keyID
        try await bench.store.putKey(
            OIDCName("k"), OIDCKeySettings(algorithm: .edDSA), now: Self.start)
        let reopened = try bench.reopened()
        #expect(try Self.pairs(reopened, "k").signing.publicKey.algorithm == .edDSA)
        #expect(try Self.pairs(reopened, "k").next.publicKey.algorithm == .edDSA)
        #expect(Self.publishedIDs(reopened, Self.start).contains(old))
        #expect(try bench.privateKeyIDs().count == 2)
    }

    // MARK: Rules

    @Test("periods follow Vault's rules")
    func periods() async throws {
        let bench = try await Bench()
        #expect(
            await Self.failure { try await bench.makeKey("k", period: 59) }
                == "rotation_period must be at least one minute")
        #expect(
            await Self.failure { try await bench.makeKey("k", period: 60, lifetime: 601) }
                == "verification_ttl cannot be longer than 10x rotation_period")
        #expect(
            await Self.failure { try await bench.makeKey("k", period: 60, lifetime: 600) } == nil)
    }

    @Test("no token can outlive the public key that verifies it")
    func lifetimes() async throws {
        let bench = try await Bench()
        try await bench.makeKey("k")
        #expect(
            await Self.failure { try await bench.makeRole("r", key: "k", ttl: Self.hour + 1) }
                == "a role's token ttl cannot be longer than the verification_ttl of the key it "
                + "references")
        try await bench.makeRole("r", key: "k", ttl: Self.hour)
        #expect(
            await Self.failure { try await bench.makeKey("k", lifetime: 60) }
                == "unable to update key \"k\" because it is currently referenced by one or more "
                + "roles with a token ttl greater than 60 seconds")
    }

    @Test("a key that roles use cannot be deleted, nor can the one that is always there")
    func deletion() async throws {
        let bench = try await Bench()
        try await bench.makeKey("k")
        try await bench.makeRole("b", key: "k")
        try await bench.makeRole("a", key: "k")
        #expect(
            await Self.failure { try await bench.store.deleteKey(OIDCName("k")) }
                == "unable to delete key \"k\" because it is currently referenced by these roles: "
                + "a, b")
        #expect(
            await Self.failure { try await bench.store.deleteKey(OIDCName("default")) }
                == "deletion of the default key is not allowed")
        try await bench.store.deleteRole(OIDCName("a"))
        try await bench.store.deleteRole(OIDCName("b"))
        #expect(await Self.failure { try await bench.store.deleteKey(OIDCName("k")) } == nil)
        #expect(await Self.failure { try await bench.store.deleteKey(OIDCName("k")) } == nil)
    }

    @Test(
        "names that are no plain names are refused",
        arguments: ["", ".", "..", "a/b", "a b", "-a", "a.", "é", "a\u{0}", "\u{212A}"])
    func names(_ name: String) { #expect(throws: BackendFailure.self) { try OIDCName(name) } }

    @Test(
        "an issuer is a scheme, a host and a port, and nothing else",
        arguments: [
            "example.com", "ftp://example.com", "https://", "https://a/b", "https://a?x",
            "https://a#x",
            "https://user@a", "https://a:", "https://a:0", "https://a:65536", "https://a:+1",
            "https://[::1", "https://[x]", "https://a\"b", "https://a\nb", " https://a",
        ])
    func badIssuers(_ text: String) {
        #expect(throws: BackendFailure.self) { try OIDCIssuer(text) }
    }

    @Test(
        "an issuer is followed by the engine's path",
        arguments: [
            ("", "https://server:8200/v1/identity/oidc"),
            ("https://example.com:1234", "https://example.com:1234/v1/identity/oidc"),
            ("http://[::1]:80", "http://[::1]:80/v1/identity/oidc"),
        ])
    func issuers(_ text: String, _ url: String) throws {
        #expect(try OIDCIssuer(text).url(serverAddress: "https://server:8200/") == url)
    }
}
