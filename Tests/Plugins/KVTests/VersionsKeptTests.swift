import Clock
import JSON
import Paths
import PluginTesting
import Testing

@testable import KV

@Suite struct VersionsKeptTests {
    private func keptVersions(_ kv: KVMount, _ path: String = "a") -> [Int] {
        (kv.get("metadata/\(path)")["versions"]?.objectValue?.keys ?? []).compactMap { Int($0) }
    }

    /// What metadata, reads and storage say must be the same.
    private func checkKept(
        _ kv: KVMount, _ expected: ClosedRange<Int>, of count: Int,
        _ location: SourceLocation = #_sourceLocation
    ) {
        #expect(keptVersions(kv) == Array(expected), sourceLocation: location)
        for number in 1...count {
            let status = kv.get("data/a", version: number).status
            #expect(status == (expected.contains(number) ? 200 : 404), sourceLocation: location)
        }
        let apart = Set(expected.dropLast().map { "old/a/\($0)" })
        #expect(
            kv.storedKeys.filter { $0.hasPrefix("old/") } == apart, sourceLocation: location)
    }

    @Test("ten versions are kept if nothing is said", arguments: [1, 9, 10, 11, 25])
    func byDefault(count: Int) throws {
        let kv = try KVMount()
        kv.write("a", versions: 1...count)
        checkKept(kv, max(1, count - 9)...count, of: count)
        #expect(kv.get("metadata/a")["oldest_version"]?.intValue == max(0, count - 9))
    }

    @Test("the mount's setting and the secret's: the larger one counts, as in Vault")
    func settings() throws {
        for (mount, secret, kept) in [(2, 0, 2), (0, 2, 2), (5, 2, 5), (2, 5, 5), (1, 0, 1)] {
            let kv = try KVMount()
            kv.post("config", "{\"max_versions\":\(mount)}")
            kv.post("metadata/a", "{\"max_versions\":\(secret)}")
            kv.write("a", versions: 1...8)
            checkKept(kv, (9 - kept)...8, of: 8)
        }
    }

    @Test("a lowered setting removes all surplus versions at the next write")
    func lowered() throws {
        let kv = try KVMount()
        kv.write("a", versions: 1...10)
        kv.post("metadata/a", #"{"max_versions":2}"#)
        checkKept(kv, 1...10, of: 10)
        kv.write("a", versions: 11...11)
        checkKept(kv, 10...11, of: 11)
    }

    @Test("a raised setting keeps more from then on")
    func raised() throws {
        let kv = try KVMount()
        kv.post("metadata/a", #"{"max_versions":2}"#)
        kv.write("a", versions: 1...5)
        kv.post("metadata/a", #"{"max_versions":4}"#)
        kv.write("a", versions: 6...8)
        checkKept(kv, 5...8, of: 8)
    }

    @Test("deleted and destroyed versions are pruned like others and leave nothing behind")
    func deleted() throws {
        let kv = try KVMount()
        kv.post("metadata/a", #"{"max_versions":3}"#)
        kv.write("a", versions: 1...3)
        kv.post("delete/a", #"{"versions":[1,3]}"#)
        kv.post("destroy/a", #"{"versions":[2]}"#)
        kv.write("a", versions: 4...8)
        checkKept(kv, 6...8, of: 8)
    }

    @Test("versions expire after the shorter of the mount's and the secret's lifetime")
    func lifetimes() throws {
        for (mount, secret, lifetime) in [
            ("1h", "0s", 3600), ("0s", "30m", 1800), ("1h", "30m", 1800), ("30m", "1h", 1800),
        ] {
            let kv = try KVMount()
            kv.post("config", "{\"delete_version_after\":\"\(mount)\"}")
            kv.post("metadata/a", "{\"delete_version_after\":\"\(secret)\"}")
            kv.now = Timestamp(nanoseconds: 1_700_000_000_500_000_000)
            let written = kv.post("data/a", #"{"data":{}}"#)
            let expected = kv.now.adding(seconds: Int64(lifetime)).rfc3339
            #expect(written["deletion_time"] == .string(expected))

            kv.advance(seconds: Int64(lifetime) - 1)
            #expect(kv.get("data/a").status == 200)
            kv.advance(seconds: 1)
            let expired = kv.get("data/a")
            #expect(expired.status == 404)
            #expect(expired["metadata", "deletion_time"] == .string(expected))
            #expect(kv.call(.patch, "data/a", #"{"data":{"x":1}}"#).status == 404)

            // Undelete gives a new lifetime, counted from now.
            kv.post("undelete/a", #"{"versions":[1]}"#)
            #expect(kv.get("data/a").status == 200)
            kv.advance(seconds: Int64(lifetime))
            #expect(kv.get("data/a").status == 404)
        }
    }

    @Test("the mount can switch lifetimes off, and back on")
    func lifetimesOff() throws {
        let kv = try KVMount()
        kv.post("metadata/a", #"{"delete_version_after":"1h"}"#)
        kv.post("config", #"{"delete_version_after":"-30s"}"#)
        #expect(kv.get("config")["delete_version_after"] == "-1s")
        #expect(kv.post("data/a", #"{"data":{}}"#)["deletion_time"] == "")
        kv.post("config", #"{"delete_version_after":0}"#)
        #expect(kv.get("config")["delete_version_after"] == "0s")
        #expect(kv.post("data/a", #"{"data":{}}"#)["deletion_time"] != "")
    }

    @Test("a version that is to be deleted later can be deleted now")
    func deletedEarly() throws {
        let kv = try KVMount()
        kv.post("config", #"{"delete_version_after":"1h"}"#)
        kv.write("a", versions: 1...1)
        kv.call(.delete, "data/a")
        #expect(kv.get("data/a").status == 404)
        #expect(kv.get("data/a")["metadata", "deletion_time"] == "2023-11-14T22:13:20Z")
    }
}
