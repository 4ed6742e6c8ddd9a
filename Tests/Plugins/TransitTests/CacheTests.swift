import Clock
import JSON
import Paths
import PluginTesting
import Testing

@testable import Transit

@Suite struct CacheTests {
    @Test("a key in memory costs no round trip, and one that is not costs one")
    func roundTrips() throws {
        let transit = try TransitHarness()
        transit.make("k")
        _ = transit.encrypt("k", "x")
        let before = transit.harness.roundTrips
        let ciphertext = transit.encrypt("k", "x")
        _ = transit.decrypt("k", ciphertext)
        #expect(transit.harness.roundTrips == before)

        let other = try TransitHarness(storage: transit.harness.storage)
        let start = other.harness.roundTrips
        #expect(other.decrypt("k", ciphertext) == "x")
        #expect(other.harness.roundTrips == start + 1)
    }

    @Test("what another process changed is seen by the next request, without being told")
    func coherence() throws {
        let transit = try TransitHarness()
        transit.make("k")
        let other = try TransitHarness(storage: transit.harness.storage)
        let old = other.encrypt("k", "x")
        transit.post("keys/k/rotate")
        #expect(other.encrypt("k", "x").hasPrefix("vault:v2:"))
        transit.post("keys/k/config", ["min_decryption_version": 2, "deletion_allowed": true])
        #expect(other.decrypt("k", old) == nil)
        transit.call(.delete, "keys/k")
        #expect(other.decrypt("k", old) == nil)
        #expect(other.get("keys/k").status == 404)
        transit.make("k")
        #expect(other.encrypt("k", "x").hasPrefix("vault:v1:"))
    }

    @Test("no more keys stay in memory than were asked for, and those in use stay")
    func eviction() throws {
        let cache = KeyCache()
        cache.resize(10)
        let keys = try (0..<50).map { number in
            let ring = KeyRing(
                type: .aes256GCM,
                versions: [
                    try KeyVersion.generate(
                        .aes256GCM, keyBytes: nil, isConvergent: false, now: .now)
                ])
            return LoadedKey(mark: [UInt8(number)], ring: ring)
        }
        cache.insert(keys[0], "0")
        for number in 1..<50 {
            cache.insert(keys[number], "\(number)")
            #expect(cache.find("0", mark: [0]) === keys[0])
            #expect(cache.count <= 10)
        }
        #expect(cache.find("49", mark: [49]) === keys[49])
        #expect(cache.find("49", mark: [48]) == nil)
        #expect(cache.find("1", mark: [1]) == nil)
    }

    @Test("a key that is let go of is gone from memory")
    func release() throws {
        let transit = try TransitHarness()
        transit.make("k")
        let (mark, ring) = try KeyRing.read(
            try #require(transit.harness.storage["ring/k"]))
        weak var loaded: LoadedKey?
        let cache = KeyCache()
        do {
            let key = LoadedKey(mark: mark, ring: ring)
            loaded = key
            cache.insert(key, "k")
        }
        #expect(loaded != nil)
        cache.remove("k")
        #expect(loaded == nil)
    }

    @Test("the size of the cache is an operator's within bounds")
    func settings() throws {
        let transit = try TransitHarness()
        #expect(transit.get("cache-config")["size"] == 0)
        #expect(transit.post("cache-config", ["size": 9]).status == 400)
        #expect(transit.post("cache-config", ["size": -1]).status == 400)
        #expect(transit.post("cache-config", ["size": 456]).status == 200)
        #expect(transit.get("cache-config")["size"] == 456)
        let again = try TransitHarness(storage: transit.harness.storage)
        #expect(again.get("cache-config")["size"] == 456)
    }
}
