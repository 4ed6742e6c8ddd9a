// How much of the store's file counts as the process's memory.

import Glibc
import Storage
import Testing

@Suite struct MappedMemoryTests {
    private static let entries = 3_000
    private static let valueBytes = 8_000

    private static func value(_ index: Int) -> [UInt8] {
        [UInt8](repeating: UInt8(truncatingIfNeeded: index &* 31), count: valueBytes)
    }

    /// A folder with 24 MB of entries.
    private func filled() async throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        let store = try LMDBStore(path: folder.path)
        defer { store.close() }
        for start in stride(from: 0, to: Self.entries, by: 500) {
            var batch = StoreBatch()
            for index in start..<(start + 500) {
                batch.puts.append(("entry/\(index)", Self.value(index)))
            }
            try await store.commit(batch)
        }
        return folder
    }

    private func readAll(_ store: LMDBStore) throws {
        for index in 0..<Self.entries {
            let found = try store.get("entry/\(index)")
            #expect(found?.bytes == Self.value(index))
        }
    }

    /// What the writer's thread was asked for before is done when it takes a second batch.
    private func settle(_ store: LMDBStore) async throws {
        for _ in 0..<2 { try await store.commit(StoreBatch(puts: [("settled", [1])])) }
    }

    /// Resident bytes of the mapping of a folder's store.
    private func residentBytes(_ folder: TemporaryFolder) throws -> Int {
        let file = open("/proc/self/smaps", O_RDONLY)
        try #require(file >= 0)
        defer { close(file) }
        var text: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = read(file, &part, part.count), count > 0 { text += part[..<count] }
        var isOurs = false
        for line in String(decoding: text, as: UTF8.self).split(separator: "\n") {
            if line.hasSuffix("/data.mdb") { isOurs = line.contains(folder.path) }
            if isOurs, line.hasPrefix("Rss:") {
                let kilobytes = line.split(separator: " ").dropFirst().first.flatMap { Int($0) }
                return try #require(kilobytes) << 10
            }
        }
        throw NoSuchMapping()
    }

    private struct NoSuchMapping: Error {}

    @Test("what was read does not stay in the process's memory beyond the bound")
    func bound() async throws {
        let folder = try await filled()
        let store = try LMDBStore(path: folder.path, maxResidentBytes: 2 << 20)
        defer { store.close() }
        for _ in 0..<2 {
            try readAll(store)
            try await settle(store)
            // The bound, and what the last reads before a look may map.
            #expect(try residentBytes(folder) < 8 << 20)
        }
    }

    @Test("memory stays mapped below the bound, so that ordinary reads are not slowed")
    func below() async throws {
        let folder = try await filled()
        let store = try LMDBStore(path: folder.path, maxResidentBytes: 1 << 40)
        defer { store.close() }
        try readAll(store)
        try await settle(store)
        #expect(try residentBytes(folder) > 20 << 20)
    }

    @Test("reads and writes while memory is given back all the time lose nothing")
    func underLoad() async throws {
        let folder = try await filled()
        let store = try LMDBStore(path: folder.path, maxResidentBytes: 1 << 16)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<3 { group.addTask { try readAll(store) } }
            group.addTask {
                for index in 0..<300 {
                    try await store.commit(
                        StoreBatch(puts: [("new/\(index)", Self.value(index))]))
                    #expect(try store.get("new/\(index)")?.bytes == Self.value(index))
                }
            }
            try await group.waitForAll()
        }
        store.close()
        let again = try LMDBStore(path: folder.path)
        defer { again.close() }
        try readAll(again)
        for index in 0..<300 { #expect(try again.get("new/\(index)")?.bytes == Self.value(index)) }
    }
}
