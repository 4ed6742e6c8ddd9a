import Barrier
import Cryptography
import JSON
import KernelTesting
import Paths
import Testing

@testable import Kernel

@Suite struct TokenTidyTests {
    @Test("indexes of tokens that are gone are removed, and those of living tokens stay")
    func tidy() async throws {
        let server = try await TestCore()
        await server.policy("maker", "path \"auth/token/create\" { capabilities = [\"update\"] }")
        let parent = try await server.token(["maker"])
        let child = try await server.call(.update, "auth/token/create", [:], token: parent)
            .requireToken()
        let before = try server.storedKeys()
        let tokens = try server.core.rootState().tokens
        let gone = tokens.key(ofAccessor: "a token that never was")
        let living = tokens.key(ofAccessor: "another name")
        var batch = BarrierBatch()
        batch.puts = [
            (tokens.accessorPath(living), Array(gone.text.utf8)),
            (tokens.expiryPath(5_000_000_000, gone), []),
            (tokens.parentPath(gone, tokens.reference(to: living, keptIn: tokens.namespace)), []),
            (tokens.cubbyholePath(gone) + "left", [1]),
        ]
        try await server.core.barrier.write(batch)
        let report = try await tokens.tidy()
        #expect(
            report
                == TokenStore.TidyReport(
                    accessors: 1, parents: 1, expiries: 1, cubbyholes: 1, revoked: 0))
        #expect(try server.storedKeys() == before)
        #expect(try await tokens.tidy() == TokenStore.TidyReport())
        for token in [parent, child] {
            #expect(await server.call(.read, "auth/token/lookup-self", token: token).status == 200)
        }
    }

    @Test("a token that outlived its parent is revoked") func outlived() async throws {
        let server = try await TestCore()
        let token = try await server.token(["default"])
        let tokens = try server.core.rootState().tokens
        let key = tokens.key(of: .init(utf8: token))
        let stored = try #require(try tokens.find(key))
        let gone = tokens.key(ofAccessor: "a parent that is gone")
        var entry = stored.entry
        entry.parent = gone.text
        #expect(try await tokens.replace(stored, with: entry))
        var batch = BarrierBatch()
        batch.puts = [
            (tokens.parentPath(gone, tokens.reference(to: key, keptIn: tokens.namespace)), [])
        ]
        try await server.core.barrier.write(batch)
        #expect(try await tokens.tidy().revoked == 1)
        #expect(await server.call(.read, "auth/token/lookup-self", token: token).status == 403)
    }

    @Test("tidying is accepted and said to go on in the background") func endpoint() async throws {
        let server = try await TestCore()
        let answer = await server.call(.update, "auth/token/tidy")
        #expect(answer.status == 202)
        #expect(answer.warnings.count == 1)
    }
}
