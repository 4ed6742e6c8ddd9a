import JSON
import Paths
import PluginSDK
import PluginTesting
import Testing

@testable import KV

@Suite struct HotPathTests {
    @Test("with the entries sent along, a read asks storage for nothing and a write commits once")
    func prefetched() throws {
        let kv = try KVMount()
        kv.write("a", versions: 1...3)
        kv.harness.prefetches = true
        let before = kv.harness.roundTrips
        #expect(kv.get("data/a").status == 200)
        #expect(kv.harness.roundTrips == before)
        #expect(kv.post("data/a", #"{"data":{}}"#).status == 200)
        #expect(kv.harness.roundTrips == before + 1)
        kv.call(.delete, "data/a")
        #expect(kv.harness.roundTrips == before + 2)
    }

    @Test("what is sent along is what the operation reads: one entry for a read, two for a write")
    func readsPerOperation() throws {
        let kv = try KVMount()
        kv.write("a", versions: 1...1)
        _ = kv.get("data/a")
        #expect(kv.storage.lastKeysRead == ["v2/a"])
        kv.post("data/a", #"{"data":{}}"#)
        #expect(kv.storage.lastKeysRead == ["config", "v2/a"])
        let mounted = MountedEngine(try KVMount.engine(version: "2"))
        #expect(mounted.prefetchKeys(path: "data/a", operation: .read) == ["v2/a"])
        for operation: Paths.Operation in [.create, .update, .patch] {
            #expect(
                mounted.prefetchKeys(path: "data/a", operation: operation) == ["config", "v2/a"])
        }
        #expect(mounted.prefetchKeys(path: "metadata/a", operation: .list).isEmpty)
    }

    @Test("with the entries sent along, version 1 too reads and writes in the fewest steps")
    func plainPrefetched() throws {
        let kv = try KVMount(version: "1")
        kv.harness.prefetches = true
        kv.post("a", #"{"v":1}"#)
        #expect(kv.harness.roundTrips == 1)
        #expect(kv.get("a").status == 200)
        #expect(kv.harness.roundTrips == 1)
        kv.call(.delete, "a")
        #expect(kv.harness.roundTrips == 2)
    }

    @Test("a read of the newest version needs one entry")
    func oneRead() throws {
        let kv = try KVMount()
        kv.write("a", versions: 1...3)
        let before = kv.harness.roundTrips
        #expect(kv.get("data/a").status == 200)
        #expect(kv.harness.roundTrips == before + 1)
    }

    @Test("the state of the upgrade is asked for once, not with each request")
    func gate() throws {
        let kv = try KVMount()
        kv.write("a", versions: 1...1)
        try kv.retune(version: "2")
        let before = kv.harness.roundTrips
        _ = kv.get("data/a")
        _ = kv.get("data/a")
        #expect(kv.harness.roundTrips == before + 3)
    }
}
