// A key for each namespace, under the barrier's own.

import Cryptography
import Storage
import Testing

@testable import Barrier

@Suite struct NamespaceKeyTests {
    let store = FakeStore()
    let rootKey = SecretBytes(random: 32)

    func open() async throws -> Barrier {
        let barrier = Barrier(store: store)
        if try !barrier.isInitialised() { try await barrier.initialise(rootKey: rootKey) }
        try barrier.unseal(rootKey: rootKey)
        barrier.separateNamespaces(from: "root")
        return barrier
    }

    func put(_ barrier: Barrier, _ key: String) async throws {
        try await barrier.commit(BarrierBatch(puts: [(key, Array(key.utf8))]))
    }

    @Test("each namespace's entries open with its own key, and in one batch") func separate()
        async throws
    {
        let barrier = try await open()
        barrier.addNamespaceKey(SecretBytes(random: 32), for: "a")
        barrier.addNamespaceKey(SecretBytes(random: 32), for: "b")
        let keys = ["ns/a/x", "ns/b/x", "ns/root/x", "core/x"]
        try await barrier.commit(BarrierBatch(puts: keys.map { ($0, Array($0.utf8)) }))
        for key in keys { #expect(try barrier.get(key)?.value == Array(key.utf8)) }
        // Another key for `a`: its entry is closed, the others' are not.
        barrier.addNamespaceKey(SecretBytes(random: 32), for: "a")
        #expect(throws: BarrierError.self) { try barrier.get("ns/a/x") }
        for key in keys.dropFirst() { #expect(try barrier.get(key) != nil) }
    }

    @Test("without a key nothing is read or written below a namespace") func destroyed()
        async throws
    {
        let barrier = try await open()
        let secret = SecretBytes(random: 32)
        barrier.addNamespaceKey(secret, for: "a")
        try await put(barrier, "ns/a/x")
        barrier.removeNamespaceKey(for: "a")
        let gone = BarrierError(.keyDestroyed, "")
        #expect(throws: gone) { try barrier.get("ns/a/x") }
        await #expect(throws: gone) { try await put(barrier, "ns/a/y") }
        await #expect(throws: gone) { try await put(barrier, "ns/unknown/y") }
        #expect(try store.get("ns/a/y") == nil)
        // Names are no secret, and deleting needs no key.
        #expect(try barrier.list("ns/a/", after: "", limit: 10) == ["x"])
        try await barrier.commit(BarrierBatch(deletes: ["ns/a/x"]))
        #expect(try barrier.list("ns/a/", after: "", limit: 10).isEmpty)
    }

    @Test("after a rotation old entries stay readable and new ones have another key")
    func rotation() async throws {
        let barrier = try await open()
        let secret = SecretBytes(random: 32)
        barrier.addNamespaceKey(secret, for: "a")
        try await put(barrier, "ns/a/old")
        #expect(try await barrier.rotate() == 2)
        try await put(barrier, "ns/a/new")
        let again = try await open()
        again.addNamespaceKey(secret, for: "a")
        for key in ["ns/a/old", "ns/a/new"] { #expect(try again.get(key) != nil) }
        let key = NamespaceKey(secret)
        #expect(key.term(1).key != key.term(2).key)
    }

    @Test("an entry cannot be moved from one namespace to another") func moved() async throws {
        let barrier = try await open()
        for id in ["a", "b"] { barrier.addNamespaceKey(SecretBytes(random: 32), for: id) }
        try await put(barrier, "ns/a/x")
        let stored = try #require(try store.get("ns/a/x"))
        try await store.commit(StoreBatch(puts: [("ns/b/x", stored.bytes)]))
        #expect(throws: BarrierError.self) { try barrier.get("ns/b/x") }
    }
}
