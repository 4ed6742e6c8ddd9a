import Clock
import JSON
import Paths
import PluginSDK
import PluginTesting
import Testing

@testable import Transit

@Suite struct KeyUsesTests {
    private func spend(_ transit: TransitHarness, _ name: String, _ uses: [Int: Int]) {
        transit.harness.storage[StorageKey.uses(name)] = KeyUses.record(uses)
    }

    /// Another process, which knows what was stored and nothing else.
    private func restarted(_ transit: TransitHarness) throws -> TransitHarness {
        try TransitHarness(storage: transit.harness.storage)
    }

    private func stored(_ transit: TransitHarness, _ name: String) throws -> [Int: Int]? {
        try transit.harness.storage[StorageKey.uses(name)].map { try KeyUses.read($0) }
    }

    @Test("encryptions are counted and stored many at once, over restarts too")
    func counted() throws {
        let transit = try TransitHarness()
        transit.make("k")
        let items = JSONValue.array(
            Array(repeating: ["plaintext": "AAAA"], count: Limits.maxBatchItems))
        let step = Limits.usesBetweenSaves
        for _ in 0..<(step / Limits.maxBatchItems) {
            #expect(transit.post("encrypt/k", ["batch_input": items]).status == 200)
        }
        #expect(try stored(transit, "k") == nil)
        transit.post("encrypt/k", ["batch_input": items])
        let first = try #require(try stored(transit, "k")?[1])
        #expect(first >= step)

        let next = try restarted(transit)
        for _ in 0...(step / Limits.maxBatchItems) {
            next.post("encrypt/k", ["batch_input": items])
        }
        #expect(try stored(next, "k")?[1] == 2 * first)
    }

    @Test("a key that is used without pause stores its count once in a second")
    func countedUnderLoad() throws {
        let transit = try TransitHarness()
        transit.make("k")
        let items = JSONValue.array(
            Array(repeating: ["plaintext": "AAAA"], count: Limits.maxBatchItems))
        func encryptUntilDue() {
            for _ in 0...(Limits.usesBetweenSaves / Limits.maxBatchItems) {
                #expect(transit.post("encrypt/k", ["batch_input": items]).status == 200)
            }
        }
        encryptUntilDue()
        let first = try #require(try stored(transit, "k")?[1])
        encryptUntilDue()
        #expect(try stored(transit, "k")?[1] == first)
        transit.advance(seconds: 1)
        #expect(transit.post("encrypt/k", ["batch_input": items]).status == 200)
        #expect(try stored(transit, "k")?[1] == 2 * first + Limits.maxBatchItems)
        // A clock that was put back delays nothing.
        transit.advance(seconds: -3_600)
        encryptUntilDue()
        #expect(try #require(try stored(transit, "k")?[1]) > 2 * first + Limits.maxBatchItems)
    }

    @Test("a version that has encrypted very often is rotated by the next use")
    func rotated() throws {
        let transit = try TransitHarness()
        transit.make("k")
        let old = transit.encrypt("k", "text")
        spend(transit, "k", [1: Limits.usesBeforeRotation])
        let next = try restarted(transit)
        #expect(next.encrypt("k", "text").hasPrefix("vault:v2:"))
        #expect(next.encrypt("k", "text").hasPrefix("vault:v2:"))
        #expect(next.decrypt("k", old) == "text")
        #expect(next.get("keys/k")["latest_version"] == 2)
    }

    @Test("what may not be rotated encrypts no more at the end, and still decrypts")
    func exhausted() throws {
        let transit = try TransitHarness()
        transit.make("k")
        let old = transit.encrypt("k", "text")
        transit.post("keys/k/rotate")
        spend(transit, "k", [1: Limits.maxUses])
        let next = try restarted(transit)
        check(
            next.post("encrypt/k", ["plaintext": "AAAA", "key_version": 1]), status: 400,
            error: "this version of the key has encrypted as often as is safe: rotate the key")
        #expect(next.encrypt("k", "text").hasPrefix("vault:v2:"))
        #expect(next.decrypt("k", old) == "text")
    }

    @Test("keys whose nonces are long or not random are not counted")
    func uncounted() throws {
        let transit = try TransitHarness()
        transit.make("long", "xchacha20-poly1305")
        transit.make(
            "convergent", "aes256-gcm96", ["derived": true, "convergent_encryption": true])
        for name in ["long", "convergent"] { spend(transit, name, [1: Limits.maxUses]) }
        let next = try restarted(transit)
        #expect(next.encrypt("long", "text").hasPrefix("vault:v1:"))
        #expect(
            next.encrypt("convergent", "text", ["context": "AAAA"]).hasPrefix("vault:v1:"))
    }

    @Test("a key that is deleted takes its count with it")
    func deleted() throws {
        let transit = try TransitHarness()
        transit.make("k")
        spend(transit, "k", [1: 7])
        transit.post("keys/k/config", ["deletion_allowed": true])
        transit.call(.delete, "keys/k")
        #expect(try stored(transit, "k") == nil)
    }

    @Test("a damaged count is said to be one")
    func damaged() throws {
        for record in [[], [2], [1, 0, 0, 0, 1], [1, 255, 255, 255, 255]] as [[UInt8]] {
            #expect(throws: RecordError.self) { () throws -> Void in _ = try KeyUses.read(record) }
        }
        #expect(try KeyUses.read(KeyUses.record([3: 5, 4: 1 << 40])) == [3: 5, 4: 1 << 40])
    }

    @Test("a key with as many versions as there can be is used on, though its rotation is due")
    func full() throws {
        let transit = try TransitHarness()
        let version = try KeyVersion.generate(
            .aes256GCM, keyBytes: nil, isConvergent: false, now: Timestamp(seconds: 0))
        var ring = KeyRing(
            type: .aes256GCM, versions: Array(repeating: version, count: Limits.maxVersions))
        ring.autoRotateSeconds = 3_600
        transit.store("k", ring)
        #expect(transit.decrypt("k", transit.encrypt("k", "text")) == "text")
        #expect(transit.post("keys/k/rotate").status == 400)
    }
}
