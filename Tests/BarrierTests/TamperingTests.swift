// Somebody who can write to storage: every change is found out, none is a trap.

import Cryptography
import Storage
import Testing

@testable import Barrier

@Suite struct TamperingTests {
    let store = FakeStore()
    let rootKey = SecretBytes(random: 32)
    let unsealKey = SecretBytes(random: 32)
    let barrier: Barrier

    init() async throws {
        barrier = Barrier(store: store)
        try await barrier.initialise(rootKey: rootKey, unsealKey: unsealKey)
        try barrier.unseal(rootKey: rootKey)
        try await barrier.commit(
            BarrierBatch(puts: [("a/one", [1, 2, 3]), ("a/two", [4, 5, 6])]))
    }

    @Test("two entries that were swapped do not open")
    func swapped() async throws {
        let one = try #require(try store.get("a/one")).bytes
        let two = try #require(try store.get("a/two")).bytes
        try await store.memory.commit(StoreBatch(puts: [("a/one", two), ("a/two", one)]))
        for key in ["a/one", "a/two"] {
            let error = #expect(throws: BarrierError(.corrupted, "")) { try barrier.get(key) }
            #expect(error?.key == key)
        }
    }

    @Test("an entry does not open under a spelling of its path that only looks the same")
    func canonicalEquivalence() async throws {
        try await barrier.commit(BarrierBatch(puts: [("\u{e9}", [1])]))
        let bytes = try #require(try store.get("\u{e9}")).bytes
        try await store.memory.commit(StoreBatch(puts: [("e\u{301}", bytes)]))
        #expect(throws: BarrierError(.corrupted, "")) { try barrier.get("e\u{301}") }
    }

    @Test("every changed bit of an entry is found")
    func everyBit() async throws {
        let entry = try #require(try store.get("a/one")).bytes
        for bit in 0..<(entry.count * 8) {
            try await store.memory.commit(StoreBatch(puts: [("a/one", entry)]))
            try await store.alter("a/one") { $0[bit / 8] ^= 1 << (bit % 8) }
            let error = #expect(throws: BarrierError.self) { try barrier.get("a/one") }
            // The fifth byte is the version; a higher one is a newer program's.
            #expect(error?.code == .corrupted || (bit / 8 == 4 && error?.code == .newerVersion))
        }
    }

    @Test("every truncation of an entry is found, and so is an extension")
    func truncated() async throws {
        let entry = try #require(try store.get("a/one")).bytes
        for count in 0..<entry.count {
            try await store.memory.commit(StoreBatch(puts: [("a/one", Array(entry[..<count]))]))
            #expect(throws: BarrierError(.corrupted, "")) { try barrier.get("a/one") }
        }
        try await store.memory.commit(StoreBatch(puts: [("a/one", entry + [0])]))
        #expect(throws: BarrierError(.corrupted, "")) { try barrier.get("a/one") }
    }

    @Test("a keyring that was altered, cut or replaced never opens and never traps")
    func keyring() async throws {
        barrier.seal()
        let record = try #require(try store.get("core/keyring")).bytes
        for bit in 0..<(record.count * 8) {
            var broken = record
            broken[bit / 8] ^= 1 << (bit % 8)
            try await store.memory.commit(StoreBatch(puts: [("core/keyring", broken)]))
            #expect(throws: BarrierError.self) { try barrier.unseal(rootKey: rootKey) }
        }
        for count in 0..<record.count {
            try await store.memory.commit(
                StoreBatch(puts: [("core/keyring", Array(record[..<count]))]))
            #expect(throws: BarrierError.self) { try barrier.unseal(rootKey: rootKey) }
        }
        #expect(barrier.isSealed)
        try await store.memory.commit(StoreBatch(puts: [("core/keyring", record)]))
        try barrier.unseal(rootKey: rootKey)
    }

    @Test(
        "a keyring that authenticates but makes no sense is refused",
        arguments: [
            [], [0, 0, 0, 0], [0, 0, 0, 1], [UInt8](repeating: 0xff, count: 48),
            [0, 0, 0, 2] + term(1), [0, 0, 0, 1] + term(1) + [0], [0, 0, 0, 1] + term(0),
            [0, 0, 0, 2] + term(1) + term(1), [0, 0, 0, 2] + term(2) + term(1),
        ] as [[UInt8]])
    func senseless(_ content: [UInt8]) async throws {
        barrier.seal()
        let record = try SealedRecord.seal(content, name: .keyring, under: rootKey)
        try await store.memory.commit(StoreBatch(puts: [("core/keyring", record)]))
        #expect(throws: BarrierError(.corrupted, "")) { try barrier.unseal(rootKey: rootKey) }
    }

    static func term(_ id: UInt8) -> [UInt8] { [0, 0, 0, id] + [UInt8](repeating: 7, count: 40) }

    @Test("a keyring of a newer layout is refused by a message that says so")
    func newerKeyring() async throws {
        barrier.seal()
        try await store.alter("core/keyring") { $0[4] = 2 }
        let error = #expect(throws: BarrierError(.newerVersion, "")) {
            try barrier.unseal(rootKey: rootKey)
        }
        #expect(error?.message.contains("newer version") == true)
        #expect(barrier.isSealed)
    }

    @Test("the root key's record opens with its unseal key only, and not once it was altered")
    func rootKeyRecord() async throws {
        #expect(try barrier.openRootKey(unsealKey: unsealKey) == rootKey)
        for wrong in [SecretBytes(random: 32), rootKey, SecretBytes(random: 5)] {
            #expect(throws: BarrierError(.wrongKey, "")) {
                try barrier.openRootKey(unsealKey: wrong)
            }
        }
        // The keyring's record is not the root key's, even under one and the same key.
        let record = try SealedRecord.seal(rootKey.exposedBytes(), name: .keyring, under: unsealKey)
        try await store.memory.commit(StoreBatch(puts: [("core/shamir-root", record)]))
        #expect(throws: BarrierError(.wrongKey, "")) {
            try barrier.openRootKey(unsealKey: unsealKey)
        }
        let short = try SealedRecord.seal([1, 2, 3], name: .shamirRoot, under: unsealKey)
        try await store.memory.commit(StoreBatch(puts: [("core/shamir-root", short)]))
        #expect(throws: BarrierError(.corrupted, "")) {
            try barrier.openRootKey(unsealKey: unsealKey)
        }
    }

    @Test("errors show no key and no value")
    func errorsAreQuiet() async throws {
        try await store.alter("a/one") { $0[20] ^= 1 }
        let error = #expect(throws: BarrierError.self) { try barrier.get("a/one") }
        let text = try #require(error).description
        #expect(!text.contains("[1, 2, 3]") && !text.contains(Hex.encode(rootKey.exposedBytes())))
    }
}
