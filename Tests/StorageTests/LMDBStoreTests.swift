// What is particular to the durable store: files, durability, a full map, one opener, its format.

import CLMDB
import Glibc
import Storage
import Synchronization
import Testing

@Suite struct LMDBStoreTests {
    @Test("LMDB does what every store must")
    func conformance() async throws {
        let folder = try TemporaryFolder()
        try await StoreConformance(store: LMDBStore(path: folder.path)).check()
    }

    @Test("the folder is made for its owner alone, with everything above it")
    func modes() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/a/b/data"
        let store = try LMDBStore(path: path)
        defer { store.close() }
        #expect(try TemporaryFolder.mode(path) == 0o700)
        #expect(try TemporaryFolder.mode("\(folder.path)/a") == 0o700)
        for file in ["data.mdb", "lock.mdb", "coffer.lock"] {
            #expect(try TemporaryFolder.mode("\(path)/\(file)") == 0o600)
        }
    }

    @Test("what was acknowledged is there after a reopening, and revisions go on from there")
    func reopening() async throws {
        let folder = try TemporaryFolder()
        var store = try LMDBStore(path: folder.path)
        let long = "folder/" + String(repeating: "x", count: 1000)
        let first = try await store.commit(StoreBatch(puts: [("a", [1]), (long, [2])]))
        store.close()
        store = try LMDBStore(path: folder.path)
        #expect(try store.get("a") == StoredValue(bytes: [1], revision: first))
        #expect(try store.get(long) == StoredValue(bytes: [2], revision: first))
        #expect(try await store.commit(StoreBatch(puts: [("a", [2])])) > first)
        store.close()
    }

    @Test("what was acknowledged is in the file already, without a close")
    func durableWithoutClose() async throws {
        let folder = try TemporaryFolder()
        let copy = try TemporaryFolder()
        let store = try LMDBStore(path: folder.path)
        defer { store.close() }
        for n in UInt8(0)..<50 {
            try await store.commit(
                StoreBatch(puts: [("key/\(n)", [n])], deletes: ["key/\(n &- 10)"]))
        }
        // The file alone, as a machine that lost power would find it.
        try TemporaryFolder.copy("\(folder.path)/data.mdb", to: "\(copy.path)/data.mdb")
        let recovered = try LMDBStore(path: copy.path)
        defer { recovered.close() }
        for n in UInt8(0)..<50 {
            #expect(try recovered.get("key/\(n)")?.bytes == (n < 40 ? nil : [n]))
        }
    }

    @Test("a store that is open cannot be opened again, and can after a close")
    func oneOpener() throws {
        let folder = try TemporaryFolder()
        let store = try LMDBStore(path: folder.path)
        #expect(throws: StorageError(.inUse, "")) { try LMDBStore(path: folder.path) }
        store.close()
        try LMDBStore(path: folder.path).close()
    }

    @Test(
        "the lock ends with the store, also while a child that is being started has its descriptor")
    func lockInChild() throws {
        let folder = try TemporaryFolder()
        let store = try LMDBStore(path: folder.path)
        // As fork leaves it, until the child executes its program.
        let copy = try #require(try Self.copyOfDescriptor(of: "\(folder.path)/coffer.lock"))
        defer { close(copy) }
        store.close()
        try LMDBStore(path: folder.path).close()
    }

    private static func copyOfDescriptor(of path: String) throws -> Int32? {
        for number in Int32(3)..<4096 {
            var target = [CChar](repeating: 0, count: Int(PATH_MAX))
            let count = readlink("/proc/self/fd/\(number)", &target, target.count - 1)
            guard count > 0 else { continue }
            let bytes = target[..<count].map(UInt8.init(bitPattern:))
            if String(decoding: bytes, as: UTF8.self) == path { return dup(number) }
        }
        return nil
    }

    @Test("letting go of a store closes it")
    func deinitialised() throws {
        let folder = try TemporaryFolder()
        do { _ = try LMDBStore(path: folder.path) }
        try LMDBStore(path: folder.path).close()
    }

    @Test(
        "a full map refuses puts by name of the setting; reads and deletes go on; room comes back")
    func fullMap() async throws {
        let folder = try TemporaryFolder()
        let store = try LMDBStore(path: folder.path, mapBytes: 1 << 20)
        defer { store.close() }
        let value = [UInt8](repeating: 5, count: 3000)
        var written = 0
        var refusal: StorageError?
        while refusal == nil, written < 1000 {
            do throws(StorageError) {
                try await store.commit(StoreBatch(puts: [("k\(written)", value)]))
                written += 1
            } catch {
                refusal = error
            }
        }
        #expect(refusal?.code == .full)
        #expect(refusal?.message.contains("map_size_bytes") == true)
        #expect((50..<400).contains(written))
        #expect(try store.get("k0")?.bytes == value)
        #expect(try store.list("", after: "", limit: 1000).count == written)
        for n in 0..<written {
            try await store.commit(StoreBatch(deletes: ["k\(n)"]))
            #expect(try store.get("k\(n)") == nil)
        }
        // LMDB gives freed pages out again some transactions later.
        for _ in 0..<3 { try await store.commit(StoreBatch(deletes: ["none"])) }
        for n in 0..<(written / 2) {
            try await store.commit(StoreBatch(puts: [("n\(n)", value)]))
        }
        #expect(try store.get("n0")?.bytes == value)
    }

    @Test("filling, emptying and overwriting a tiny map for long never wedges it")
    func fullMapChurn() async throws {
        let folder = try TemporaryFolder()
        let store = try LMDBStore(path: folder.path, mapBytes: 1 << 20)
        defer { store.close() }
        var refused = 0
        for round in 0..<6 {
            for n in 0..<120 {
                let value = [UInt8](repeating: 1, count: (n * 977 + round * 331) % 20_000)
                let result = await outcome(of: StoreBatch(puts: [("\(n)", value)]), in: store)
                if case .failure(let error) = result {
                    #expect(error.code == .full)
                    refused += 1
                }
            }
            for n in 0..<120 where n % 2 == round % 2 {
                try await store.commit(StoreBatch(deletes: ["\(n)"]))
            }
        }
        #expect(refused > 0)
    }

    @Test("in a group only the batch that does not fit, or whose precondition fails, is refused")
    func groups() async throws {
        let folder = try TemporaryFolder()
        let store = try LMDBStore(path: folder.path, mapBytes: 2 << 20)
        defer { store.close() }
        let outcomes = Shared<[Int: Result<UInt64, StorageError>]>([:])
        await withCheckedContinuation { continuation in
            for n in 0..<30 {
                let batch =
                    switch n % 3 {
                    case 0: StoreBatch(puts: [("small/\(n)", [UInt8(n)])])
                    case 1:
                        StoreBatch(puts: [("large/\(n)", [UInt8](repeating: 1, count: 8 << 20))])
                    default:
                        StoreBatch(preconditions: [("none", 7)], puts: [("never/\(n)", [1])])
                    }
                store.commit(batch) { result in
                    let count = outcomes.value.withLock { outcomes in
                        #expect(outcomes.updateValue(result, forKey: n) == nil)
                        return outcomes.count
                    }
                    if count == 30 { continuation.resume() }
                }
            }
        }
        var revisions: [UInt64] = []
        for n in 0..<30 {
            let result = outcomes.value.withLock { $0[n] }
            switch n % 3 {
            case 0:
                revisions.append(try #require(result).get())
                #expect(try store.get("small/\(n)")?.bytes == [UInt8(n)])
            case 1:
                #expect(result == .failure(StorageError(.full, "")))
                #expect(try store.get("large/\(n)") == nil)
            default:
                #expect(result == .failure(StorageError(.conflict(key: "none"), "")))
                #expect(try store.get("never/\(n)") == nil)
            }
        }
        // Answered in order, each with a revision of its own.
        #expect(revisions == Set(revisions).sorted())
    }

    @Test("closing answers everything that was queued, durably, and refuses what comes after")
    func closeDrains() throws {
        let folder = try TemporaryFolder()
        let store = try LMDBStore(path: folder.path)
        let acknowledged = Shared<[Int]>([])
        for n in 0..<200 {
            store.commit(StoreBatch(puts: [("k\(n)", [1])])) { result in
                if case .success = result { acknowledged.value.withLock { $0.append(n) } }
            }
        }
        store.close()
        #expect(acknowledged.value.withLock { $0 } == Array(0..<200))
        let again = try LMDBStore(path: folder.path)
        #expect(try again.list("", after: "", limit: 1000).count == 200)
        again.close()
    }

    @Test("a completion may close the store it was called by")
    func closeFromCompletion() async throws {
        let folder = try TemporaryFolder()
        let store = try LMDBStore(path: folder.path)
        await withCheckedContinuation { continuation in
            store.commit(StoreBatch(puts: [("a", [1])])) { _ in
                store.close()
                continuation.resume()
            }
        }
        // The thread ends after the completion; until then a read may still be answered.
        var refusal: StorageError?
        while refusal == nil {
            do throws(StorageError) { _ = try store.get("a") } catch { refusal = error }
            sched_yield()
        }
        #expect(refusal?.code == .closed)
    }

    @Test("emptied long folders leave no links behind")
    func linksGo() async throws {
        let folder = try TemporaryFolder()
        let store = try LMDBStore(path: folder.path)
        let keys = (0..<20).map { "f/\(String(repeating: "y", count: 1500))/\($0)" }
        try await store.commit(StoreBatch(puts: keys.map { ($0, [1]) }))
        try await store.commit(StoreBatch(deletes: Array(keys.dropLast())))
        #expect(try store.get(keys[19])?.bytes == [1])
        try await store.commit(StoreBatch(deletes: [keys[19]]))
        store.close()
        var counts: [Int] = []
        try RawLMDB(folder.path) { raw in
            counts = [try raw.count("entries"), try raw.count("tails")]
        }
        #expect(counts == [0, 0])
    }

    @Test("a store of a newer format is refused and left as it is")
    func newerFormat() async throws {
        let folder = try TemporaryFolder()
        let store = try LMDBStore(path: folder.path)
        try await store.commit(StoreBatch(puts: [("a", [1])]))
        store.close()
        try RawLMDB(folder.path) { try $0.put("meta", "format", [0, 0, 0, 0, 0, 0, 0, 2]) }
        let error = #expect(throws: StorageError.self) { try LMDBStore(path: folder.path) }
        #expect(error?.code == .newerVersion)
        #expect(error?.message.contains("format 2") == true)
        try RawLMDB(folder.path) { try $0.put("meta", "format", [0, 0, 0, 0, 0, 0, 0, 1]) }
        let again = try LMDBStore(path: folder.path)
        #expect(try again.get("a")?.bytes == [1])
        again.close()
    }

    @Test(
        "broken entries and counters are reported as such",
        arguments: [
            ("meta", "format", [UInt8]()), ("meta", "format", [1]),
            ("meta", "format", [0, 0, 0, 0, 0, 0, 0, 0]),
        ])
    func brokenMeta(_ table: String, _ key: String, _ value: [UInt8]) throws {
        let folder = try TemporaryFolder()
        try LMDBStore(path: folder.path).close()
        try RawLMDB(folder.path) { try $0.put(table, key, value) }
        #expect(throws: StorageError(.corrupted, "")) { try LMDBStore(path: folder.path) }
    }

    @Test("a truncated entry, a key that is not UTF-8 and links in a circle are errors, not traps")
    func brokenEntries() throws {
        let folder = try TemporaryFolder()
        try LMDBStore(path: folder.path).close()
        let chunk = String(repeating: "c", count: 400)
        try RawLMDB(folder.path) { raw in
            try raw.put("entries", "short", [1, 2, 3])
            try raw.put(
                "entries", bytes: Array("bad/".utf8) + [0xff], [UInt8](repeating: 0, count: 8))
            let link = Array(chunk.utf8) + [0]
            let node: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 1]
            try raw.put("entries", bytes: link, node)
            try raw.put("tails", bytes: node + link, node)
        }
        let store = try LMDBStore(path: folder.path)
        defer { store.close() }
        #expect(throws: StorageError(.corrupted, "")) { try store.get("short") }
        #expect(throws: StorageError(.corrupted, "")) {
            try store.list("bad/", after: "", limit: 9)
        }
        #expect(throws: StorageError(.corrupted, "")) { try store.list("", after: "c", limit: 9) }
        #expect(try store.get(String(repeating: chunk, count: 3)) == nil)
    }

    @Test("what is not a store's folder is refused with a reason")
    func notAStore() throws {
        let folder = try TemporaryFolder()
        let file = open("\(folder.path)/file", O_CREAT | O_WRONLY, 0o600)
        close(file)
        #expect(throws: StorageError(.io, "")) { try LMDBStore(path: "\(folder.path)/file") }
        #expect(throws: StorageError(.io, "")) { try LMDBStore(path: "") }
        #expect(throws: StorageError(.io, "")) { try LMDBStore(path: folder.path, mapBytes: 10) }
        let garbage = open("\(folder.path)/data.mdb", O_CREAT | O_WRONLY, 0o600)
        #expect(write(garbage, [UInt8](repeating: 0x41, count: 8192), 8192) == 8192)
        close(garbage)
        #expect(throws: StorageError(.corrupted, "")) { try LMDBStore(path: folder.path) }
    }

    @Test("limits stand in their relations")
    func limits() {
        #expect(StorageLimits.maxValueBytes < StorageLimits.maxBatchBytes)
        #expect(StorageLimits.maxValueBytes > (32 << 20) + (64 << 10))
        #expect(LMDBStore.minMapBytes < LMDBStore.defaultMapBytes)
    }
}

private func outcome(
    of batch: StoreBatch, in store: LMDBStore
) async -> Result<UInt64, StorageError> {
    await withCheckedContinuation { continuation in
        store.commit(batch) { continuation.resume(returning: $0) }
    }
}

/// A value that callbacks change.
private final class Shared<Value: Sendable>: Sendable {
    let value: Mutex<Value>

    init(_ value: Value) { self.value = Mutex(value) }
}
