import Storage
import Testing

@Suite struct MemoryStoreTests {
    @Test("the memory store does what every store must")
    func conformance() async throws { try await StoreConformance(store: MemoryStore()).check() }

    @Test("keys stay sorted under random inserts and removals")
    func sorted() async throws {
        let store = MemoryStore()
        var generator = SystemRandomNumberGenerator()
        var expected = Set<String>()
        for _ in 0..<200 {
            var batch = StoreBatch()
            for _ in 0..<100 {
                let key = "k\(Int.random(in: 0..<5000, using: &generator))"
                if Bool.random(using: &generator) {
                    batch.puts.append((key, [1]))
                } else {
                    batch.deletes.append(key)
                }
            }
            expected.formUnion(batch.puts.map(\.key))
            expected.subtract(batch.deletes)
            try await store.commit(batch)
        }
        #expect(try store.list("", after: "", limit: .max) == expected.sorted())
    }
}
