import Paths
import PluginSDK
import PluginTesting
import Testing

@Suite("Entries in an engine's memory")
struct EntryCacheTests {
    @Test("an entry is read once, and anew after it changed")
    func readOnce() throws {
        let cache = EntryCache<[UInt8]>(capacity: 10)
        let harness = EngineHarness(
            Engine(
                paths: [
                    Path("show", .read, help: "") { _ in
                        try cache.read("k", decode: { $0 }) { value in
                            .answer(.raw("text/plain", value ?? []))
                        }
                    }
                ], invalidate: { cache.remove($0) }))
        #expect(try harness.call(.read, "show").raw?.body == [])
        harness.storage["k"] = [1]
        #expect(try harness.call(.read, "show").raw?.body == [1])
        #expect(harness.roundTrips == 2)
        #expect(try harness.call(.read, "show").raw?.body == [1])
        #expect(harness.roundTrips == 2)
        harness.storage["k"] = [2]
        harness.invalidate("k")
        #expect(try harness.call(.read, "show").raw?.body == [2])
    }

    @Test("it keeps no more than it may, and what is used stays")
    func bounded() {
        let cache = EntryCache<Int>(capacity: 10)
        for number in 0..<1_000 {
            cache.insert(number, "key \(number)")
            #expect(cache.count <= 11)
            if number > 0 { #expect(cache.find("key 0") == 0) }
        }
    }

    @Test("keys are told apart by their bytes")
    func bytes() {
        let cache = EntryCache<Int>(capacity: 10)
        cache.insert(1, "caf\u{E9}")
        cache.insert(2, "cafe\u{301}")
        #expect(cache.find("caf\u{E9}") == 1)
        cache.remove("caf\u{E9}")
        #expect(cache.find("cafe\u{301}") == 2)
    }
}
