// The barrier's life: initialise, unseal, read, write, seal; and what reaches storage.

import Cryptography
import Storage
import Testing

@testable import Barrier

@Suite struct BarrierTests {
    let store = FakeStore()
    let rootKey = SecretBytes(random: 32)

    func open(limits: BarrierLimits = .standard) async throws -> Barrier {
        let barrier = Barrier(store: store, limits: limits)
        if try !barrier.isInitialised() { try await barrier.initialise(rootKey: rootKey) }
        try barrier.unseal(rootKey: rootKey)
        return barrier
    }

    @Test("what is written comes back, with the revision of its commit")
    func roundTrip() async throws {
        let barrier = try await open()
        let large = SecureRandom.bytes(100_000)
        let revision = try await barrier.commit(
            BarrierBatch(puts: [("a/empty", []), ("a/é", [1, 2]), ("a/large", large)]))
        #expect(try barrier.get("a/empty")?.value == [])
        #expect(try barrier.get("a/é")?.value == [1, 2])
        #expect(try barrier.get("a/large")?.value == large)
        #expect(try barrier.get("a/é")?.revision == revision)
        #expect(try barrier.get("a/none") == nil)
        #expect(try barrier.list("a/", after: "", limit: 10) == ["empty", "large", "é"])
        try await barrier.commit(
            BarrierBatch(preconditions: [("a/é", revision)], deletes: ["a/é"]))
        #expect(try barrier.get("a/é") == nil)
        await #expect(throws: BarrierError(.conflict(key: "a/large"), "")) {
            try await barrier.commit(
                BarrierBatch(preconditions: [("a/large", 0)], puts: [("a/x", [1])]))
        }
        #expect(try barrier.get("a/x") == nil)
    }

    @Test("storage sees no plaintext, and equal values look different each time")
    func ciphertextOnly() async throws {
        let barrier = try await open()
        let secret = Array("correct horse battery staple".utf8)
        try await barrier.commit(BarrierBatch(puts: [("a", secret), ("b", secret)]))
        let first = try #require(try store.get("a")).bytes
        try await barrier.commit(BarrierBatch(puts: [("a", secret)]))
        let second = try #require(try store.get("a")).bytes
        #expect(first != second && Array(first[5..<17]) != Array(second[5..<17]))
        #expect(first.count == secret.count + 33)
        #expect(Array(first[..<5]) == [0, 0, 0, 1, 1])
        for name in try store.list("core/", after: "", limit: 100).map({ "core/\($0)" }) + [
            "a", "b",
        ] {
            let bytes = try #require(try store.get(name)).bytes
            #expect(!contains(bytes, secret))
            #expect(!contains(bytes, rootKey.exposedBytes()))
        }
    }

    func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
        guard bytes.count >= part.count else { return false }
        return (0...(bytes.count - part.count)).contains { bytes[$0...].starts(with: part) }
    }

    @Test("a sealed barrier answers nothing, and opens again with the same key only")
    func sealing() async throws {
        let barrier = try await open()
        try await barrier.commit(BarrierBatch(puts: [("a", [1])]))
        #expect(!barrier.isSealed)
        barrier.seal()
        #expect(barrier.isSealed)
        #expect(throws: BarrierError(.sealed, "")) { try barrier.get("a") }
        #expect(throws: BarrierError(.sealed, "")) { try barrier.list("", after: "", limit: 1) }
        #expect(throws: BarrierError(.sealed, "")) { try barrier.keyInfo() }
        await #expect(throws: BarrierError(.sealed, "")) { try await barrier.rotate() }
        await #expect(throws: BarrierError(.sealed, "")) {
            try await barrier.commit(BarrierBatch(puts: [("b", [1])]))
        }
        for wrong in [SecretBytes(random: 32), SecretBytes(random: 16), SecretBytes([])] {
            #expect(throws: BarrierError(.wrongKey, "")) { try barrier.unseal(rootKey: wrong) }
        }
        #expect(barrier.isSealed)
        try barrier.unseal(rootKey: rootKey)
        #expect(try barrier.get("a")?.value == [1])
        // On an open barrier the key is still checked, and a wrong one changes nothing.
        #expect(throws: BarrierError(.wrongKey, "")) {
            try barrier.unseal(rootKey: SecretBytes(random: 32))
        }
        #expect(try barrier.get("a")?.value == [1])
    }

    @Test("a barrier that was never initialised says so")
    func notInitialised() throws {
        let barrier = Barrier(store: store)
        #expect(try !barrier.isInitialised())
        #expect(barrier.isSealed)
        #expect(throws: BarrierError(.notInitialised, "")) { try barrier.unseal(rootKey: rootKey) }
        #expect(throws: BarrierError(.notInitialised, "")) {
            try barrier.openRootKey(unsealKey: rootKey)
        }
        #expect(try barrier.readSealConfiguration() == nil)
    }

    @Test(
        "of many concurrent initialisations one wins, and only what it wrote is kept"
    )
    func initialisationRace() async throws {
        let barrier = Barrier(store: store)
        let winners = await withTaskGroup(of: (SecretBytes, SecretBytes, UInt8)?.self) { group in
            for n in UInt8(0)..<8 {
                group.addTask {
                    let (root, unseal) = (SecretBytes(random: 32), SecretBytes(random: 32))
                    do throws(BarrierError) {
                        try await barrier.initialise(
                            rootKey: root, unsealKey: unseal, sealConfiguration: [n],
                            entries: [("first", [n]), ("of/\(n)", [n])])
                        return (root, unseal, n)
                    } catch {
                        #expect(error.code == .alreadyInitialised)
                        return nil
                    }
                }
            }
            return await group.reduce(into: [(SecretBytes, SecretBytes, UInt8)]()) { all, one in
                if let one { all.append(one) }
            }
        }
        #expect(winners.count == 1)
        let (root, unseal, n) = try #require(winners.first)
        #expect(try barrier.openRootKey(unsealKey: unseal) == root)
        #expect(try barrier.readSealConfiguration() == [n])
        try barrier.unseal(rootKey: root)
        #expect(try barrier.get("first")?.value == [n])
        #expect(try barrier.list("of/", after: "", limit: 10) == ["\(n)"])
    }

    @Test("a root key of another length is refused before anything is written")
    func rootKeyLength() async throws {
        let barrier = Barrier(store: store)
        for count in [0, 16, 33] {
            await #expect(throws: BarrierError(.wrongKey, "")) {
                try await barrier.initialise(rootKey: SecretBytes(random: count))
            }
        }
        #expect(try !barrier.isInitialised())
    }

    @Test("an initialisation cannot be given the barrier's own records")
    func reservedAtInitialisation() async throws {
        let barrier = Barrier(store: store)
        await #expect(throws: BarrierError(.invalidKey, "")) {
            try await barrier.initialise(rootKey: rootKey, entries: [("core/keyring", [1])])
        }
        #expect(try !barrier.isInitialised())
    }

    @Test("the seal configuration is readable while sealed and can be replaced")
    func sealConfiguration() async throws {
        let barrier = Barrier(store: store)
        try await barrier.initialise(
            rootKey: rootKey, unsealKey: SecretBytes(random: 32), sealConfiguration: [1, 2])
        #expect(try barrier.readSealConfiguration() == [1, 2])
        try await barrier.writeSealConfiguration([3])
        #expect(try barrier.readSealConfiguration() == [3])
        #expect(try store.get("core/seal-config")?.bytes == [3])
    }

    @Test("the barrier's own records can be neither read, written, deleted, awaited nor listed")
    func reservedNames() async throws {
        let barrier = try await open()
        try await barrier.writeSealConfiguration([1])
        let names = ["keyring", "keyring-usage", "seal-config", "shamir-root"]
        for name in names.map({ "core/\($0)" }) {
            let before = try store.get(name)
            #expect(throws: BarrierError(.invalidKey, "")) { try barrier.get(name) }
            for batch in [
                BarrierBatch(puts: [(name, [1])]), BarrierBatch(deletes: [name]),
                BarrierBatch(preconditions: [(name, 0)]),
            ] {
                await #expect(throws: BarrierError(.invalidKey, "")) {
                    try await barrier.commit(batch)
                }
            }
            #expect(try store.get(name) == before)
        }
        try await barrier.commit(
            BarrierBatch(puts: [
                ("core/a", [1]), ("core/keyrings", [1]), ("core/z", [1]), ("x", [1]),
            ]))
        #expect(try barrier.list("core/", after: "", limit: 10) == ["a", "keyrings", "z"])
        #expect(try barrier.list("core/", after: "", limit: 2) == ["a", "keyrings"])
        #expect(try barrier.list("core/", after: "a", limit: 1) == ["keyrings"])
        #expect(try barrier.list("core/", after: "keyrings", limit: .max) == ["z"])
        #expect(try barrier.list("", after: "", limit: 10) == ["core/", "x"])
    }

    @Test("errors of storage keep their meaning")
    func storageErrors() async throws {
        let barrier = try await open()
        let pairs: [(StorageError.Code, BarrierError.Code)] = [
            (.full, .full), (.tooLarge, .tooLarge), (.busy, .busy), (.io, .io), (.closed, .closed),
            (.conflict(key: "k"), .conflict(key: "k")), (.corrupted, .corrupted),
        ]
        for (code, expected) in pairs {
            store.refuse(StorageError(code, "why"))
            await #expect(throws: BarrierError(expected, "")) {
                try await barrier.commit(BarrierBatch(puts: [("a", [1])]))
            }
        }
        #expect(throws: BarrierError(.invalidKey, "")) { try barrier.get("a/") }
    }

    @Test("many threads read and write at once, through rotations, with no wrong byte")
    func concurrency() async throws {
        let barrier = try await open()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<8 {
                group.addTask {
                    for n in 0..<300 {
                        let value = SecureRandom.bytes(n + 1)
                        try await barrier.commit(BarrierBatch(puts: [("w\(worker)/\(n)", value)]))
                        #expect(try barrier.get("w\(worker)/\(n)")?.value == value)
                        #expect(try barrier.get("w\(worker)/0")?.value.count == 1)
                    }
                }
            }
            group.addTask { for _ in 0..<10 { try await barrier.rotate() } }
            try await group.waitForAll()
        }
        #expect(try barrier.keyInfo().term == 11)
        barrier.seal()
        try barrier.unseal(rootKey: rootKey)
        for worker in 0..<8 {
            for n in 0..<300 { #expect(try barrier.get("w\(worker)/\(n)")?.value.count == n + 1) }
        }
    }

    @Test("the same holds on the durable store")
    func durable() async throws {
        let folder = try TemporaryFolder()
        let unsealKey = SecretBytes(random: 32)
        do {
            let store = try LMDBStore(path: folder.path)
            defer { store.close() }
            let barrier = Barrier(store: store)
            try await barrier.initialise(rootKey: rootKey, unsealKey: unsealKey)
            try barrier.unseal(rootKey: rootKey)
            try await barrier.commit(BarrierBatch(puts: [("a", [1])]))
            try await barrier.rotate()
            try await barrier.commit(BarrierBatch(puts: [("b", [2])]))
        }
        let store = try LMDBStore(path: folder.path)
        defer { store.close() }
        let barrier = Barrier(store: store)
        try barrier.unseal(rootKey: barrier.openRootKey(unsealKey: unsealKey))
        #expect(try barrier.get("a")?.value == [1])
        #expect(try barrier.get("b")?.value == [2])
        #expect(try barrier.keyInfo().term == 2)
    }
}
