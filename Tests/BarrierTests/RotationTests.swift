// New terms, new unseal keys, new root keys, and the count that forces a rotation.

import Cryptography
import Storage
import Synchronization
import Testing

@testable import Barrier

@Suite struct RotationTests {
    let store = FakeStore()
    let rootKey = SecretBytes(random: 32)
    let unsealKey = SecretBytes(random: 32)

    func open(_ limits: BarrierLimits = .standard) async throws -> Barrier {
        let barrier = Barrier(store: store, limits: limits)
        if try !barrier.isInitialised() {
            try await barrier.initialise(
                rootKey: rootKey, unsealKey: unsealKey, sealConfiguration: [1])
        }
        try barrier.unseal(rootKey: rootKey)
        return barrier
    }

    func put(_ barrier: Barrier, _ key: String) async throws {
        try await barrier.commit(BarrierBatch(puts: [(key, Array(key.utf8))]))
    }

    func term(of key: String) throws -> UInt8? { try store.get(key)?.bytes[3] }

    @Test("after a rotation new entries have the new term and old ones stay readable")
    func rotation() async throws {
        let barrier = try await open()
        try await put(barrier, "old")
        #expect(try await barrier.rotate() == 2)
        try await put(barrier, "new")
        #expect(try term(of: "old") == 1 && term(of: "new") == 2)
        for barrier in [barrier, try await open()] {
            #expect(try barrier.get("old")?.value == Array("old".utf8))
            #expect(try barrier.get("new")?.value == Array("new".utf8))
            #expect(try barrier.keyInfo().term == 2)
            #expect(try barrier.keyInfo().installedAtUnixSeconds > 1_600_000_000)
        }
    }

    @Test("a rotation that storage refuses changes nothing, and the next one works")
    func refusedRotation() async throws {
        let barrier = try await open()
        store.refuse(StorageError(.full, ""))
        await #expect(throws: BarrierError(.full, "")) { try await barrier.rotate() }
        #expect(try barrier.keyInfo().term == 1)
        try await put(barrier, "a")
        #expect(try term(of: "a") == 1)
        #expect(try await barrier.rotate() == 2)
    }

    @Test("the new term is used once it is durable, and not before; meanwhile reads go on")
    func rotationIsAtomic() async throws {
        let barrier = try await open()
        try await put(barrier, "a")
        store.hold()
        let done = Box<Result<UInt32, BarrierError>>()
        barrier.rotate { done.set($0) }
        await #expect(throws: BarrierError(.busy, "")) { try await barrier.rotate() }
        await #expect(throws: BarrierError(.busy, "")) {
            try await barrier.rekey(unsealKey: SecretBytes(random: 32))
        }
        #expect(done.value == nil)
        #expect(try barrier.keyInfo().term == 1)
        #expect(try barrier.get("a") != nil)
        store.release()
        #expect(done.value == .success(2))
        #expect(try barrier.keyInfo().term == 2)
    }

    @Test("sealed while a rotation waits for storage, it stays sealed and opens with both terms")
    func sealedDuringRotation() async throws {
        let barrier = try await open()
        try await put(barrier, "a")
        store.hold()
        let done = Box<Result<UInt32, BarrierError>>()
        barrier.rotate { done.set($0) }
        barrier.seal()
        // The stored keyring is about to change: it must not be read now and used later.
        #expect(throws: BarrierError(.busy, "")) { try barrier.unseal(rootKey: rootKey) }
        store.release()
        #expect(done.value == .success(2))
        #expect(barrier.isSealed)
        try barrier.unseal(rootKey: rootKey)
        #expect(try barrier.keyInfo().term == 2)
        #expect(try barrier.get("a") != nil)
        #expect(try await barrier.rotate() == 3)
    }

    @Test("a keyring that another server replaced is not overwritten")
    func foreignKeyring() async throws {
        let (first, second) = (try await open(), try await open())
        #expect(try await first.rotate() == 2)
        await #expect(throws: BarrierError(.conflict(key: "core/keyring"), "")) {
            try await second.rotate()
        }
        try await put(first, "a")
        #expect(throws: BarrierError(.corrupted, "")) { try second.get("a") }
        second.seal()
        try second.unseal(rootKey: rootKey)
        #expect(try second.get("a") != nil)
    }

    @Test(
        "a rekey voids the old unseal key, keeps the data, and changes the configuration with it"
    )
    func rekey() async throws {
        let barrier = try await open()
        try await put(barrier, "a")
        let next = SecretBytes(random: 32)
        store.refuse(StorageError(.io, ""))
        await #expect(throws: BarrierError(.io, "")) {
            try await barrier.rekey(unsealKey: next, sealConfiguration: [2])
        }
        #expect(try barrier.readSealConfiguration() == [1])
        #expect(try barrier.openRootKey(unsealKey: unsealKey) == rootKey)
        let entry = try store.get("a")
        try await barrier.rekey(unsealKey: next, sealConfiguration: [2])
        #expect(try store.get("a") == entry)
        #expect(try barrier.readSealConfiguration() == [2])
        #expect(throws: BarrierError(.wrongKey, "")) {
            try barrier.openRootKey(unsealKey: unsealKey)
        }
        barrier.seal()
        try barrier.unseal(rootKey: barrier.openRootKey(unsealKey: next))
        #expect(try barrier.get("a") != nil)
    }

    @Test("a new root key replaces the old one in both records at once")
    func newRootKey() async throws {
        let barrier = try await open()
        try await put(barrier, "a")
        let (root, unseal) = (SecretBytes(random: 32), SecretBytes(random: 32))
        await #expect(throws: BarrierError(.wrongKey, "")) {
            try await barrier.rewrapKeyring(rootKey: root)
        }
        try await barrier.rewrapKeyring(rootKey: root, unsealKey: unseal)
        #expect(try await barrier.rotate() == 2)
        barrier.seal()
        #expect(throws: BarrierError(.wrongKey, "")) { try barrier.unseal(rootKey: rootKey) }
        #expect(try barrier.openRootKey(unsealKey: unseal) == root)
        try barrier.unseal(rootKey: root)
        #expect(try barrier.get("a") != nil)
    }

    @Test("encryptions are counted, and never forgotten by a restart")
    func counting() async throws {
        let limits = BarrierLimits(
            rotationEncryptions: 10_000, maxEncryptions: 20_000, usageBlock: 100)
        var barrier = try await open(limits)
        var written: UInt64 = 0
        for round in 0..<5 {
            for n in 0..<37 {
                try await put(barrier, "\(round)/\(n)")
                written += 1
                #expect(try barrier.keyInfo().encryptions >= written)
            }
            // A process that dies here: a new one starts from what is stored.
            barrier = try await open(limits)
            let count = try barrier.keyInfo().encryptions
            #expect(count >= written && count <= written * 2 + UInt64(round + 1) * 2 * 100)
            written = count
        }
    }

    @Test("a count that could not be written is tried again by the next commit")
    func countAgain() async throws {
        let limits = BarrierLimits(
            rotationEncryptions: 10_000, maxEncryptions: 20_000, usageBlock: 10)
        let barrier = try await open(limits)
        for n in 0..<40 {
            store.refuse(StorageError(.io, ""))
            try? await put(barrier, "a")
            try await put(barrier, "b\(n)")
            let truth = try barrier.keyInfo().encryptions
            #expect(try await open(limits).keyInfo().encryptions >= truth)
        }
    }

    @Test("a key that was used often enough is rotated by itself")
    func automatic() async throws {
        let limits = BarrierLimits(
            rotationEncryptions: 50, maxEncryptions: 1000, usageBlock: 10)
        let barrier = try await open(limits)
        for n in 0..<100 { try await put(barrier, "\(n)") }
        let info = try barrier.keyInfo()
        #expect((4...6).contains(info.term))
        #expect(!info.needsRotation && info.encryptions < 50)
        for n in 0..<100 { #expect(try barrier.get("\(n)") != nil) }
    }

    @Test(
        "when rotations fail, writes stop before the key is used up; reads and deletes do not"
    )
    func exhaustion() async throws {
        let limits = BarrierLimits(rotationEncryptions: 20, maxEncryptions: 40, usageBlock: 4)
        let barrier = try await open(limits)
        store.hold()
        barrier.rotate { _ in }
        for n in 0..<30 { barrier.commit(BarrierBatch(puts: [("\(n)", [1])])) { _ in } }
        #expect(try barrier.keyInfo().needsRotation)
        await #expect(throws: BarrierError(.rotationRequired, "")) { try await put(barrier, "a") }
        let deleted = Box<Result<UInt64, BarrierError>>()
        barrier.commit(BarrierBatch(deletes: ["0"])) { deleted.set($0) }
        #expect(deleted.value == nil)
        store.release()
        #expect(try deleted.value?.get() != nil)
        #expect(try barrier.get("1") != nil)
        // The rotation has come through.
        try await put(barrier, "a")
        #expect(try term(of: "a") == 2)
    }

    @Test(
        "a count that was removed or altered leads to a rotation and not to a longer life",
        arguments: [true, false])
    func lostCount(_ isRemoved: Bool) async throws {
        var barrier = try await open()
        try await put(barrier, "a")
        if isRemoved {
            try await store.memory.commit(StoreBatch(deletes: ["core/keyring-usage"]))
        } else {
            try await store.alter("core/keyring-usage") { $0[20] ^= 1 }
        }
        barrier = try await open()
        #expect(try barrier.keyInfo().needsRotation)
        try await put(barrier, "b")
        #expect(try barrier.keyInfo().term == 2)
        #expect(try !barrier.keyInfo().needsRotation)
        #expect(try barrier.get("a") != nil && barrier.get("b") != nil)
    }

    @Test("a key is rotated from where it was asked to be, and never later than the limit")
    func threshold() async throws {
        let limits = BarrierLimits(
            rotationEncryptions: 1000, maxEncryptions: 2000, usageBlock: 10)
        let barrier = try await open(limits)
        barrier.rotateAfter(20)
        // Each of these counts at most twice: the entry, and the record of the count.
        for n in 0..<20 where try barrier.keyInfo().term == 1 { try await put(barrier, "\(n)") }
        #expect(try barrier.keyInfo().term == 2)
        barrier.rotateAfter(.max)
        #expect(barrier.maxRotationThreshold == 1000)
        for n in 0..<400 { try await put(barrier, "\(n)") }
        #expect(try barrier.keyInfo().term == 2)
        for n in 0..<600 where try barrier.keyInfo().term == 2 { try await put(barrier, "\(n)") }
        #expect(try barrier.keyInfo().term == 3)
    }

    @Test("what is shown of a key's use is the truth, also after a restart that was announced")
    func estimate() async throws {
        var barrier = try await open()
        for n in 0..<20 { try await put(barrier, "\(n)") }
        let shown = try barrier.keyInfo().estimatedEncryptions
        #expect((20...60).contains(shown))
        barrier.noteUsage()
        barrier = try await open()
        let restarted = try barrier.keyInfo()
        #expect((shown...shown + 3).contains(restarted.estimatedEncryptions))
        // The count that keys are rotated by may run ahead, and never behind.
        #expect(restarted.encryptions >= shown)
        for n in 0..<20 { try await put(barrier, "\(n)") }
        #expect(try barrier.keyInfo().estimatedEncryptions >= shown + 20)
        _ = try await barrier.rotate()
        #expect(try barrier.keyInfo().estimatedEncryptions <= 2)
    }

    @Test("a count of the older form is read") func olderCount() async throws {
        var record: [UInt8] = []
        record.appendBigEndian(UInt32(3))
        record.appendBigEndian(UInt64(77))
        let read = Usage.count(in: record, term: 3)
        #expect(read?.count == 77 && read?.counted == 77)
        #expect(Usage.count(in: record, term: 4) == nil)
        #expect(Usage.count(in: record + [0], term: 3) == nil)
    }

    @Test("limits stand in their relations")
    func limits() {
        let limits = BarrierLimits.standard
        #expect(limits.rotationEncryptions < limits.maxEncryptions)
        #expect(limits.maxEncryptions < 1 << 32)
        #expect(limits.usageBlock < limits.rotationEncryptions / 100)
        #expect(limits.usageBlock / 2 > UInt64(StorageLimits.maxBatchEntries))
    }
}

/// What a callback answered.
final class Box<Value: Sendable>: Sendable {
    private let content = Mutex<Value?>(nil)

    var value: Value? { content.withLock { $0 } }

    func set(_ value: Value) { content.withLock { $0 = value } }
}
