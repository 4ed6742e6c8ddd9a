import Cryptography
import JSON
import KernelTesting
import Paths
import Storage
import Testing

@testable import Kernel

@Suite struct IdentityStoreTests {
    @Test("a change that could not be stored has not happened") func failingStore() async throws {
        let store = FailingStore()
        let server = try await TestCore([.echo], store: store, shares: 1, threshold: 1)
        for share in server.shares { try await server.core.unseal(share: share) }
        await server.readable("a")
        let entity = try await server.entity("e")
        let token = try await server.token(["default"], ofEntity: entity)
        store.fill(true)
        let update = await server.call(
            .update, "identity/entity/id/\(entity)", ["policies": ["a"], "name": "other"])
        #expect(update.status == 503)
        #expect(await server.call(.update, "identity/entity", ["name": "new"]).status == 503)
        let identity = try server.core.rootState().identity
        await #expect(throws: BackendFailure.self) {
            try await identity.entityForLogin(mountAccessor: "m", aliasName: "x")
        }
        store.fill(false)
        #expect(await server.statuses(["echo/a"], token: token) == [403])
        #expect(await server.call(.read, "identity/entity/name/e").status == 200)
        #expect(await server.call(.read, "identity/entity/name/new").status == 404)
        #expect(identity.aliasLookup(mountAccessor: "m", name: "x") == nil)
    }

    @Test("nothing of an identity is stored in plain") func ciphertextOnly() async throws {
        let store = MemoryStore()
        let server = try await TestCore([.echo], store: store, shares: 1, threshold: 1)
        for share in server.shares { try await server.core.unseal(share: share) }
        let id = try await server.entity("very-visible-name", ["metadata": ["k": "visible-value"]])
        let folder = "ns/\(try server.core.rootState().namespace.id)/identity/entity/"
        #expect(try store.list(folder, after: "", limit: 10) == [id])
        let bytes = try #require(try store.get(folder + id)).bytes
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(!text.contains("visible"))
    }

    @Test(
        "names are compared without regard to case, and otherwise by their bytes",
        arguments: [
            ("Alice", "aLICE", true), ("ÄÖ", "äö", true), ("é", "e\u{301}", false),
            ("\u{212A}", "k", false), ("\u{130}", "i", false), ("ß", "SS", false),
            ("a", "b", false),
        ])
    func folding(_ one: String, _ other: String, _ isSame: Bool) {
        #expect((FoldedName(one) == FoldedName(other)) == isSame)
        if isSame { #expect(FoldedName(one).hashValue == FoldedName(other).hashValue) }
    }

    @Test("metadata keep their spelling, and each name counts once") func pairs() {
        let pairs = StringPairs([("b", "1"), ("é", "2"), ("e\u{301}", "3"), ("b", "4")])
        #expect(pairs["b"] == "4")
        #expect(pairs["é"] == "2")
        #expect(pairs["e\u{301}"] == "3")
        #expect(pairs.pairs.count == 3)
        #expect(StringPairs(pairs.json) == pairs)
        #expect(StringPairs.none.json == .null)
    }

    @Test("the rights of more entities than are kept ready are those of each") func manyEntities()
        async throws
    {
        let server = try await TestCore()
        let identity = try server.core.rootState().identity
        let count = KernelLimits.cachedEntities + 1000
        let ids = try await identity.change { edit throws(BackendFailure) in
            (0..<count).map { number in
                var entity = edit.newEntity(name: "e\(number)")
                entity.policies = ["p\(number)"]
                edit.put(entity)
                return entity.id.text
            }
        }
        for _ in 0..<2 {
            for (number, id) in ids.enumerated() {
                #expect(identity.policies(ofEntity: id) == ["p\(number)"])
            }
        }
    }
}
