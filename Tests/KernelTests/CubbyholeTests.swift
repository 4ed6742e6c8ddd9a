// The private entries of a token.

import JSON
import Kernel
import KernelTesting
import Paths
import Testing

@Suite struct CubbyholeTests {
    @Test("what a token writes it reads, lists and deletes")
    func ownEntries() async throws {
        let server = try await TestCore()
        let token = try await server.token(["default"])
        #expect(
            await server.call(.update, "cubbyhole/a/b", ["x": 1], token: token).status == 204)
        #expect(await server.call(.update, "cubbyhole/c", ["y": "z"], token: token).status == 204)
        let read = await server.call(.read, "cubbyhole/a/b", token: token)
        #expect(read.data == ["x": 1])
        let names = await server.call(.list, "cubbyhole/", token: token)
        #expect(names.data?["keys"] == ["a/", "c"])
        let inner = await server.call(.list, "cubbyhole/a/", token: token)
        #expect(inner.data?["keys"] == ["b"])
        #expect(await server.call(.delete, "cubbyhole/a/b", token: token).status == 204)
        #expect(await server.call(.read, "cubbyhole/a/b", token: token).status == 404)
        #expect(await server.call(.list, "cubbyhole/a/", token: token).status == 404)
    }

    @Test("no other token sees it, the root token neither")
    func isPrivate() async throws {
        let server = try await TestCore()
        let (mine, other) = (
            try await server.token(["default"]), try await server.token(["default"])
        )
        _ = await server.call(.update, "cubbyhole/a", ["x": 1], token: mine)
        #expect(await server.call(.read, "cubbyhole/a", token: other).status == 404)
        #expect(await server.call(.read, "cubbyhole/a").status == 404)
        #expect(await server.call(.list, "cubbyhole/").status == 404)
    }

    @Test("it goes with its token, and writing for a revoked token leaves nothing behind")
    func endsWithToken() async throws {
        let server = try await TestCore()
        let before = try server.storedKeys()
        let token = try await server.token(["default"])
        _ = await server.call(.update, "cubbyhole/deep/er/a", ["x": 1], token: token)
        await withTaskGroup(of: Void.self) { group in
            for index in 0..<20 {
                group.addTask {
                    _ = await server.call(.update, "cubbyhole/\(index)", ["x": 1], token: token)
                }
            }
            group.addTask {
                _ = await server.call(.update, "auth/token/revoke", ["token": .string(token)])
            }
        }
        #expect(await server.call(.read, "cubbyhole/deep/er/a", token: token).status == 403)
        #expect(try server.storedKeys() == before)
    }

    @Test(
        "bad input is refused with a reason",
        arguments: [("cubbyhole/a", [:] as JSONValue?), ("cubbyhole/a", nil)])
    func badInput(path: String, body: JSONValue?) async throws {
        let server = try await TestCore()
        let response = await server.call(.update, path, body)
        #expect(response.status == 400)
        #expect(!response.errors.isEmpty)
    }

    @Test("a list of more names than are shown at once says so")
    func longList() async throws {
        let server = try await TestCore()
        let limit = KernelLimits.listPageEntries
        for number in 0..<limit {
            _ = await server.call(.update, "cubbyhole/many/\(number)", ["v": 1])
        }
        let whole = await server.call(.list, "cubbyhole/many/")
        #expect(whole.data?["keys"]?.arrayValue?.count == limit)
        #expect(whole.warnings.isEmpty)
        _ = await server.call(.update, "cubbyhole/many/more", ["v": 1])
        let cut = await server.call(.list, "cubbyhole/many/")
        #expect(cut.data?["keys"]?.arrayValue?.count == limit)
        #expect(cut.warnings == ["There are more than the \(limit) names that are shown."])
    }
}
