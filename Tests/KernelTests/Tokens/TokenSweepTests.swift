// What has expired is removed, however much of it there is.

import Barrier
import Clock
import JSON
import KernelTesting
import Paths
import Testing

@testable import Kernel

@Suite struct TokenSweepTests {
    @Test("expired tokens go with their children, cubbyholes and indexes, and the others stay")
    func sweep() async throws {
        let server = try await TestCore()
        let lasting = try await server.token(["default"], ["ttl": "3h"])
        let before = try server.storedKeys()
        for _ in 0..<100 {
            let parent = try await server.token(["root"], ["ttl": "1h"])
            let child = await server.call(
                .update, "auth/token/create", ["policies": ["default"], "ttl": "1h"],
                token: parent)
            _ = await server.call(
                .update, "cubbyhole/a", ["x": 1], token: try child.requireToken())
        }
        let tokens = try server.core.rootState().tokens
        let later = Timestamp.now.adding(seconds: 2 * 3600).seconds
        // Of a page that is cut, the rest comes with the next.
        #expect(try await tokens.sweepExpired(now: later, limit: 30) == 30)
        while try await tokens.sweepExpired(now: later, limit: 1000) > 0 {}
        #expect(try server.storedKeys() == before)
        #expect(await server.call(.read, "auth/token/lookup-self", token: lasting).status == 200)
    }
}
