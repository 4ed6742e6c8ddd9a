// What every physical store must do, written once and run against each.

import Storage
import Testing

struct StoreConformance {
    let store: any PhysicalStore

    func put(_ keys: String...) async throws {
        try await store.commit(StoreBatch(puts: keys.map { ($0, Array("value of \($0)".utf8)) }))
    }

    func text(_ key: String) throws -> String? {
        try store.get(key).map { String(decoding: $0.bytes, as: UTF8.self) }
    }

    func names(_ prefix: String, after: String = "", limit: Int = 1000) throws -> [String] {
        try store.list(prefix, after: after, limit: limit)
    }

    func check() async throws {
        try await valuesComeBack()
        try await revisionsGrow()
        try await preconditionsHold()
        try await batchesAreAtomic()
        try await listingIsInByteOrder()
        try await pagingVisitsAllOnce()
        try await longKeysAreOrdinaryKeys()
        try await keysAreBytes()
        try await limitsAreEnforced()
        try await readersSeeWholeBatches()
        try await closedStoresSaySo()
    }

    func valuesComeBack() async throws {
        #expect(try store.get("absent") == nil)
        let large = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try await store.commit(
            StoreBatch(puts: [("v/empty", []), ("v/small", [1, 2, 3]), ("v/large", large)]))
        #expect(try store.get("v/empty")?.bytes == [])
        #expect(try store.get("v/small")?.bytes == [1, 2, 3])
        #expect(try store.get("v/large")?.bytes == large)
        try await store.commit(
            StoreBatch(puts: [("v/small", [9])], deletes: ["v/empty", "absent"]))
        #expect(try store.get("v/small")?.bytes == [9])
        #expect(try store.get("v/empty") == nil)
        // Within a batch: the last put counts, and deletes come last.
        try await store.commit(
            StoreBatch(puts: [("v/a", [1]), ("v/a", [2]), ("v/b", [1])], deletes: ["v/b"]))
        #expect(try store.get("v/a")?.bytes == [2])
        #expect(try store.get("v/b") == nil)
    }

    func revisionsGrow() async throws {
        let first = try await store.commit(StoreBatch(puts: [("r/a", [1]), ("r/b", [1])]))
        let second = try await store.commit(StoreBatch(puts: [("r/b", [2])]))
        #expect(first > 0 && second > first)
        #expect(try store.get("r/a")?.revision == first)
        #expect(try store.get("r/b")?.revision == second)
        // Deleting and making an entry anew does not bring an old revision back.
        try await store.commit(StoreBatch(deletes: ["r/b"]))
        let third = try await store.commit(StoreBatch(puts: [("r/b", [2])]))
        #expect(third > second)
    }

    func preconditionsHold() async throws {
        let revision = try await store.commit(
            StoreBatch(preconditions: [("p/a", 0)], puts: [("p/a", [1])]))
        func expectConflict(_ key: String, _ batch: StoreBatch) async {
            await #expect(throws: StorageError(.conflict(key: key), "")) {
                try await store.commit(batch)
            }
        }
        await expectConflict("p/a", StoreBatch(preconditions: [("p/a", 0)], puts: [("p/a", [2])]))
        await expectConflict(
            "p/a", StoreBatch(preconditions: [("p/a", revision + 1)], puts: [("p/b", [2])]))
        await expectConflict(
            "p/none", StoreBatch(preconditions: [("p/none", 1)], deletes: ["p/a"]))
        #expect(try store.get("p/a")?.bytes == [1])
        #expect(try store.get("p/b") == nil)
        try await store.commit(
            StoreBatch(
                preconditions: [("p/a", revision), ("p/none", 0)], puts: [("p/b", [3])],
                deletes: ["p/a"]))
        #expect(try store.get("p/a") == nil)
        #expect(try store.get("p/b")?.bytes == [3])
    }

    /// Of many increments that race, each is refused or counts: none is lost.
    func batchesAreAtomic() async throws {
        try await store.commit(StoreBatch(puts: [("c/n", [0])]))
        let won = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    var won = 0
                    while won < 20 {
                        guard let now = try store.get("c/n") else { continue }
                        let batch = StoreBatch(
                            preconditions: [("c/n", now.revision)],
                            puts: [("c/n", [now.bytes[0] &+ 1]), ("c/copy", [now.bytes[0] &+ 1])])
                        do throws(StorageError) {
                            try await store.commit(batch)
                            won += 1
                        } catch {
                            #expect(error == .lost)
                        }
                    }
                    return won
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(won == 160)
        #expect(try store.get("c/n")?.bytes == [160])
        #expect(try store.get("c/copy")?.bytes == [160])
    }

    func listingIsInByteOrder() async throws {
        try await put(
            "l/a", "l/a-b", "l/a/x", "l/a/y/z", "l/a0", "l/B", "l/b/deep/er", "l/é", "l/~", "l/ ",
            "l/b/deep/est", "l/b/a", "k", "l0", "m/l/a")
        #expect(try names("l/") == [" ", "B", "a", "a-b", "a/", "a0", "b/", "~", "é"])
        #expect(try names("l/a/") == ["x", "y/"])
        #expect(try names("l/b/deep/") == ["er", "est"])
        #expect(try names("l/none/").isEmpty)
        #expect(try names("l/a/x/").isEmpty)
        #expect(
            try names("").filter { ["k", "l/", "l0", "m/"].contains($0) } == [
                "k", "l/", "l0", "m/",
            ])
        #expect(try names("l/", after: "a") == ["a-b", "a/", "a0", "b/", "~", "é"])
        #expect(try names("l/", after: "a/") == ["a0", "b/", "~", "é"])
        #expect(try names("l/", after: "a/x") == ["a0", "b/", "~", "é"])
        #expect(try names("l/", after: "é").isEmpty)
        #expect(try names("l/", limit: 3) == [" ", "B", "a"])
        #expect(try names("l/", limit: 0).isEmpty)
        // A folder goes with its last entry.
        try await store.commit(StoreBatch(deletes: ["l/a/x", "l/a/y/z"]))
        #expect(try names("l/") == [" ", "B", "a", "a-b", "a0", "b/", "~", "é"])
    }

    func pagingVisitsAllOnce() async throws {
        let all = (0..<1500).map { "n\($0)" }
        let inside = all.map { "page/\($0)/inside" } + all.map { "page/\($0)" }
        for chunk in stride(from: 0, to: inside.count, by: 500) {
            let keys = inside[chunk..<min(chunk + 500, inside.count)]
            try await store.commit(StoreBatch(puts: keys.map { ($0, [1]) }))
        }
        let expected = (all + all.map { "\($0)/" }).sorted {
            $0.utf8.lexicographicallyPrecedes($1.utf8)
        }
        var seen: [String] = []
        while true {
            let page = try names("page/", after: seen.last ?? "", limit: 97)
            seen += page
            if page.count < 97 { break }
        }
        #expect(seen == expected)
        try await store.commit(StoreBatch(deletes: inside))
        #expect(try names("page/").isEmpty)
    }

    func longKeysAreOrdinaryKeys() async throws {
        func a(_ count: Int) -> String { String(repeating: "a", count: count) }
        let folder = "long/\(a(700))/"
        let keys =
            [399, 400, 401, 402, 800, 801, 1200, 4091].map { "long/\(a($0 - 5))" } + [
                "\(folder)x", "\(folder)\(a(500))", "\(folder)\(a(500))b", "\(folder)b/c",
                "\(folder)\(a(900))/\(a(1200))/leaf", "long/\(a(390))z\(a(300))",
                "long/\(a(395))\u{1}", "long/\(a(396))\u{1}",
            ]
        try await store.commit(StoreBatch(puts: keys.map { ($0, Array($0.utf8.suffix(20))) }))
        for key in keys { #expect(try store.get(key)?.bytes == Array(key.utf8.suffix(20))) }
        #expect(try store.get("long/\(a(600))") == nil)
        #expect(try store.get("\(folder)y") == nil)

        let top = keys.map { key in
            let rest = key.dropFirst(5)
            guard let slash = rest.firstIndex(of: "/") else { return String(rest) }
            return String(rest[...slash])
        }
        let order: (String, String) -> Bool = { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let expected = Set(top).sorted(by: order)
        #expect(try names("long/") == expected)
        for (index, name) in expected.enumerated() {
            #expect(try names("long/", after: name) == Array(expected[(index + 1)...]))
            #expect(
                try names("long/", after: name, limit: 1).first
                    == expected.dropFirst(index + 1).first)
        }
        #expect(try names(folder) == [a(500), "\(a(900))/", "\(a(500))b", "b/", "x"])
        #expect(try names("\(folder)\(a(900))/") == ["\(a(1200))/"])
        #expect(try names("\(folder)\(a(900))/\(a(1200))/") == ["leaf"])

        let revision = try #require(try store.get(keys[5])?.revision)
        await #expect(throws: StorageError(.conflict(key: keys[5]), "")) {
            try await store.commit(StoreBatch(preconditions: [(keys[5], 0)], deletes: [keys[5]]))
        }
        try await store.commit(
            StoreBatch(preconditions: [(keys[5], revision)], puts: [(keys[5], [7])]))
        #expect(try store.get(keys[5])?.bytes == [7])
        for key in keys {
            try await store.commit(StoreBatch(deletes: [key]))
            #expect(try store.get(key) == nil)
        }
        #expect(try names("long/").isEmpty)
    }

    /// Two spellings of one character are two keys.
    func keysAreBytes() async throws {
        try await store.commit(StoreBatch(puts: [("u/\u{e9}", [1]), ("u/e\u{301}", [2])]))
        #expect(try store.get("u/\u{e9}")?.bytes == [1])
        #expect(try store.get("u/e\u{301}")?.bytes == [2])
        #expect(try names("u/").map { Array($0.utf8) } == [[101, 204, 129], [195, 169]])
        try await store.commit(StoreBatch(deletes: ["u/\u{e9}"]))
        #expect(try store.get("u/e\u{301}")?.bytes == [2])
        #expect(try store.get("u/\u{e9}") == nil)
    }

    func limitsAreEnforced() async throws {
        let long = String(repeating: "k", count: StorageLimits.maxKeyBytes + 1)
        let refusals: [(StoreBatch, StorageError.Code)] = [
            (StoreBatch(puts: [("", [1])]), .invalidKey),
            (StoreBatch(puts: [("a/", [1])]), .invalidKey),
            (StoreBatch(deletes: ["a/"]), .invalidKey),
            (StoreBatch(preconditions: [("", 0)]), .invalidKey),
            (StoreBatch(puts: [(long, [1])]), .tooLarge),
            (StoreBatch(deletes: [long]), .tooLarge),
            (
                StoreBatch(
                    deletes: [String](repeating: "x", count: StorageLimits.maxBatchEntries + 1)),
                .tooLarge
            ),
        ]
        for (batch, code) in refusals {
            await #expect(throws: StorageError(code, "")) { try await store.commit(batch) }
        }
        #expect(throws: StorageError(.tooLarge, "")) { try store.get(long) }
        #expect(throws: StorageError(.invalidKey, "")) { try store.get("") }
        #expect(throws: StorageError(.invalidKey, "")) { try names("a") }
        let most = String(long.dropLast())
        try await put(most)
        #expect(try text(most) == "value of \(most)")
        try await store.commit(StoreBatch(deletes: [most]))
    }

    /// While batches that change two keys at once go on, reads never fail and never go back.
    func readersSeeWholeBatches() async throws {
        try await store.commit(StoreBatch(puts: [("w/a", [0])]))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for n in UInt8(1)...100 {
                    try await store.commit(StoreBatch(puts: [("w/a", [n]), ("w/b", [n])]))
                }
            }
            for _ in 0..<3 {
                group.addTask {
                    var last: UInt64 = 0
                    for _ in 0..<3000 {
                        guard let b = try store.get("w/b"), let a = try store.get("w/a") else {
                            continue
                        }
                        // `a` was read after `b`, so it is of the same batch or of a later one.
                        #expect(a.revision >= b.revision && b.revision >= last)
                        #expect(a.bytes[0] >= b.bytes[0])
                        last = b.revision
                        #expect(try names("w/") == ["a", "b"])
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    func closedStoresSaySo() async throws {
        store.close()
        store.close()
        #expect(throws: StorageError(.closed, "")) { try store.get("a") }
        #expect(throws: StorageError(.closed, "")) { try names("") }
        await #expect(throws: StorageError(.closed, "")) {
            try await store.commit(StoreBatch(deletes: ["a"]))
        }
    }
}

extension StorageError {
    static var lost: StorageError { StorageError(.conflict(key: "c/n"), "") }
}
