// What the stores count of metered folders, against what is really there.

import Storage
import Testing

@Suite("bytes that are counted while they are written") struct StoreMeterTests {
    /// What lies in a folder, counted entry by entry.
    private func real(_ store: any PhysicalStore, _ folder: String = "ns/a/") throws -> Int {
        var bytes = 0
        var folders = [folder]
        while let current = folders.popLast() {
            for name in try store.list(current, after: "", limit: 100_000) {
                let key = current + name
                if name.utf8.last == UInt8(ascii: "/") {
                    folders.append(key)
                } else {
                    bytes += try key.utf8.count + (store.get(key)?.bytes.count ?? 0)
                }
            }
        }
        return bytes
    }

    private func survey(_ store: any PhysicalStore, _ folder: String) async throws -> Int {
        var pages = 0
        while true {
            pages += 1
            let isDone = try await withCheckedThrowingContinuation { continuation in
                store.survey(folder) { continuation.resume(with: $0) }
            }
            if isDone { return pages }
        }
    }

    private func value(_ count: Int) -> [UInt8] { [UInt8](repeating: 7, count: count) }

    /// The memory store and a durable one, one after the other.
    private func each(
        _ body: (any PhysicalStore) async throws -> Void
    ) async throws {
        try await body(MemoryStore())
        let folder = try TemporaryFolder()
        let store = try LMDBStore(path: folder.path)
        defer { store.close() }
        try await body(store)
    }

    private func refusal(
        _ store: any PhysicalStore, _ batch: StoreBatch
    ) async -> StorageError.Code? {
        do throws(StorageError) { try await store.commit(batch) } catch { return error.code }
        return nil
    }

    @Test("the count is what is there, whatever a batch does to an entry") func counts()
        async throws
    {
        try await each { store in
            store.meter.meter(["ns/a/": ["q"]], within: ["q": 1 << 30])
            #expect(try await survey(store, "ns/a/") == 1)
            let long = "ns/a/" + String(repeating: "long/", count: 300) + "x"
            let batches = [
                StoreBatch(puts: [("ns/a/1", value(10)), ("ns/a/2", value(20))]),
                StoreBatch(puts: [("ns/a/1", value(100))]),
                StoreBatch(puts: [("ns/a/1", value(1)), ("ns/a/1", value(7))]),
                StoreBatch(puts: [("ns/a/3", value(5))], deletes: ["ns/a/3", "ns/a/2"]),
                StoreBatch(deletes: ["ns/a/2", "ns/a/none"]),
                StoreBatch(puts: [(long, value(3)), ("ns/a/é", [1]), ("ns/a/e\u{301}", [])]),
                StoreBatch(puts: [("ns/b/1", value(999)), ("ns", [1]), ("ns/a", value(50))]),
                StoreBatch(puts: [(long, [])], deletes: ["ns/a/é"]),
            ]
            for batch in batches {
                try await store.commit(batch)
                #expect(store.meter.usage(of: "q")?.bytes == (try real(store)))
            }
            #expect(try real(store) > 1500)
        }
    }

    @Test("a batch that is refused or fails is not counted") func failures() async throws {
        try await each { store in
            store.meter.meter(["ns/a/": ["q"]], within: ["q": 1 << 30])
            _ = try await survey(store, "ns/a/")
            try await store.commit(StoreBatch(puts: [("ns/a/1", value(10))]))
            let conflict = StoreBatch(
                preconditions: [("ns/a/1", 99)], puts: [("ns/a/2", value(10))])
            #expect(await refusal(store, conflict) == .conflict(key: "ns/a/1"))
            let invalid = StoreBatch(puts: [("ns/a/3", value(10)), ("", [])])
            #expect(await refusal(store, invalid) == .invalidKey)
            #expect(store.meter.usage(of: "q")?.bytes == 16)
        }
    }

    @Test("a full map leaves the count as it was") func fullMap() async throws {
        let folder = try TemporaryFolder()
        let store = try LMDBStore(path: folder.path, mapBytes: 1 << 20)
        defer { store.close() }
        store.meter.meter(["ns/a/": ["q"]], within: ["q": 1 << 30])
        _ = try await survey(store, "ns/a/")
        var full = 0
        for n in 0..<600
        where await refusal(
            store, StoreBatch(puts: [("ns/a/\(n)", value(3000))])) == .full
        { full += 1 }
        #expect(full > 100)
        #expect(store.meter.usage(of: "q")?.bytes == (try real(store)))
    }

    @Test("what was there before is counted once, whoever writes meanwhile") func surveys()
        async throws
    {
        try await each { store in
            for start in stride(from: 0, to: 3000, by: 500) {
                try await store.commit(
                    StoreBatch(
                        puts: (start..<start + 500).map { ("ns/a/k\($0)", value($0 % 90)) }))
            }
            try await store.commit(StoreBatch(puts: [("ns/b/1", value(5)), ("ns/0", [1])]))
            store.meter.meter(["ns/a/": ["q"]], within: ["q": 1 << 30])
            #expect(store.meter.unsurveyed == ["ns/a/"])
            #expect(store.meter.usage(of: "q") == .init(bytes: 0, isComplete: false))
            await withTaskGroup(of: Void.self) { group in
                for writer in 0..<8 {
                    group.addTask {
                        for step in 0..<60 {
                            let n = (writer * 397 + step * 41) % 3300
                            let batch =
                                step % 3 == 0
                                ? StoreBatch(deletes: ["ns/a/k\(n)"])
                                : StoreBatch(puts: [("ns/a/k\(n)", self.value(step))])
                            _ = try? await store.commit(batch)
                        }
                    }
                }
                group.addTask { _ = try? await self.survey(store, "ns/a/") }
            }
            #expect(
                store.meter.usage(of: "q") == .init(bytes: try real(store), isComplete: true))
            #expect(store.meter.unsurveyed.isEmpty)
        }
    }

    @Test("a large folder is counted in pages") func pages() async throws {
        try await each { store in
            try await store.commit(StoreBatch(puts: (0..<1200).map { ("ns/a/\($0)", [1]) }))
            store.meter.meter(["ns/a/": ["q"]], within: ["q": 100])
            #expect(try await survey(store, "ns/a/") == 3)
            #expect(try await survey(store, "ns/none/") == 1)
        }
    }

    @Test("a bound refuses growth over it, and nothing else") func bounds() async throws {
        try await each { store in
            store.meter.meter(["ns/a/": ["q"]], within: ["q": 100])
            _ = try await survey(store, "ns/a/")
            // Six bytes of key each.
            try await store.commit(StoreBatch(puts: [("ns/a/1", value(94))], growth: .bounded))
            let more = StoreBatch(puts: [("ns/a/2", [])], growth: .bounded)
            #expect(await refusal(store, more) == .overBound("q"))
            #expect(try store.get("ns/a/2") == nil)
            // Another folder is not concerned, and nor is what stays within.
            #expect(await refusal(store, StoreBatch(puts: [("ns/b/1", value(999))])) == nil)
            let same = StoreBatch(
                puts: [("ns/a/1", value(80)), ("ns/a/3", value(8))], growth: .bounded)
            #expect(await refusal(store, same) == nil)
            let swap = StoreBatch(
                puts: [("ns/a/4", value(94))], deletes: ["ns/a/1", "ns/a/3"], growth: .bounded)
            #expect(await refusal(store, swap) == nil)
            #expect(store.meter.usage(of: "q")?.bytes == 100)
            let reserved = StoreBatch(
                puts: [("ns/a/5", value(StoreMeter.minReserveBytes - 6))], growth: .reserved)
            #expect(await refusal(store, reserved) == nil)
            let last = StoreBatch(puts: [("ns/a/6", [])], growth: .reserved)
            #expect(await refusal(store, last) == .overBound("q"))
            let undoing = StoreBatch(puts: [("ns/a/6", value(9))], growth: .unbounded)
            #expect(await refusal(store, undoing) == nil)
            // Above its bound, it may still shrink.
            let shrinking = StoreBatch(puts: [("ns/a/5", value(50_000))], growth: .bounded)
            #expect(await refusal(store, shrinking) == nil)
            #expect(store.meter.usage(of: "q")?.bytes == (try real(store)))
        }
    }

    @Test("what counts towards two bounds is refused by either") func nested() async throws {
        try await each { store in
            store.meter.meter(
                ["ns/a/": ["outer"], "ns/b/": ["inner", "outer"]],
                within: ["outer": 100, "inner": 50])
            for folder in ["ns/a/", "ns/b/"] { _ = try await survey(store, folder) }
            let inner = StoreBatch(puts: [("ns/b/1", value(45))], growth: .bounded)
            #expect(await refusal(store, inner) == .overBound("inner"))
            try await store.commit(StoreBatch(puts: [("ns/a/1", value(74))], growth: .bounded))
            let outer = StoreBatch(puts: [("ns/b/1", value(20))], growth: .bounded)
            #expect(await refusal(store, outer) == .overBound("outer"))
            // A bound that changes keeps the count, one that goes stops counting.
            store.meter.meter(
                ["ns/a/": ["outer"], "ns/b/": ["outer"]], within: ["outer": 200])
            #expect(store.meter.usage(of: "outer") == .init(bytes: 80, isComplete: true))
            #expect(await refusal(store, outer) == nil)
            #expect(store.meter.usage(of: "inner") == nil)
            store.meter.meter([:], within: [:])
            #expect(await refusal(store, inner) == nil)
            #expect(store.meter.usage(of: "outer") == nil)
        }
    }

    @Test("however many write at once, no bound is exceeded by a byte") func race() async throws {
        try await each { store in
            store.meter.meter(["ns/a/": ["q"]], within: ["q": 2000])
            _ = try await survey(store, "ns/a/")
            let made = await withTaskGroup(of: Int.self) { group in
                for writer in 0..<16 {
                    group.addTask {
                        var made = 0
                        for n in 0..<40 {
                            let batch = StoreBatch(
                                puts: [("ns/a/\(writer + 10)-\(n + 10)", [1, 2, 3, 4, 5])],
                                growth: .bounded)
                            if await refusal(store, batch) == nil { made += 1 }
                        }
                        return made
                    }
                }
                return await group.reduce(0, +)
            }
            // Fifteen bytes each.
            #expect(made == 2000 / 15)
            #expect(store.meter.usage(of: "q")?.bytes == made * 15)
            #expect(try real(store) == made * 15)
        }
    }

    @Test("a closed store answers those who count") func closed() async throws {
        try await each { store in
            store.meter.meter(["ns/a/": ["q"]], within: ["q": 1])
            store.close()
            await #expect(throws: StorageError.self) { try await survey(store, "ns/a/") }
        }
    }
}
