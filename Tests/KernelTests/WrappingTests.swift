// Wrapping tokens: what they hold, once, for one reader.

import JSON
import Kernel
import KernelTesting
import Paths
import Testing

@Suite struct WrappingTests {
    private func server() async throws -> TestCore {
        let server = try await TestCore()
        _ = await server.call(.update, "sys/mounts/echo", ["type": "echo"])
        return server
    }

    @Test("a wrapped read answers with a token and nothing of the secret")
    func wrappedRead() async throws {
        let server = try await server()
        let wrapped = await server.call(.read, "echo/a", wrapTTL: 90)
        #expect(wrapped.status == 200)
        #expect(wrapped.data == nil)
        #expect(wrapped.auth == nil)
        #expect(wrapped.wrapInfo?["ttl"]?.intValue == 90)
        #expect(wrapped.wrapInfo?["creation_path"]?.stringValue == "echo/a")
        let token = try wrapped.requireWrappingToken()
        let opened = await server.call(.update, "sys/wrapping/unwrap", token: token)
        #expect(opened.data?["path"]?.stringValue == "a")
    }

    @Test("a list that is longer than anything a client may send can be wrapped and unwrapped")
    func longList() async throws {
        let type = FakeEngineType("long") { _, _ in
            let names = Array(repeating: "\"name\"", count: 20_000).joined(separator: ",")
            return .success(BackendAnswer(data: Array("{\"keys\":[\(names)]}".utf8)))
        }
        let server = try await TestCore([type])
        _ = await server.call(.update, "sys/mounts/long", ["type": "long"])
        let token = try await server.call(.list, "long/", wrapTTL: 60).requireWrappingToken()
        #expect(await server.call(.update, "sys/wrapping/unwrap", token: token).status == 200)
    }

    @Test("a wrapping token opens once, by itself or by name, and then says so")
    func once() async throws {
        let server = try await server()
        let first = try await server.call(.read, "echo/a", wrapTTL: 60).requireWrappingToken()
        #expect(await server.call(.update, "sys/wrapping/unwrap", token: first).status == 200)
        let again = await server.call(.update, "sys/wrapping/unwrap", token: first)
        #expect(again.status == 400)
        #expect(again.errors == ["wrapping token is not valid or does not exist"])

        let second = try await server.call(.read, "echo/a", wrapTTL: 60).requireWrappingToken()
        let body: JSONValue = ["token": .string(second)]
        #expect(await server.call(.update, "sys/wrapping/unwrap", body).status == 200)
        #expect(await server.call(.update, "sys/wrapping/unwrap", body).status == 400)
    }

    @Test("of many who unwrap at once, one gets the secret", arguments: [true, false])
    func races(byName: Bool) async throws {
        let server = try await server()
        let token = try await server.call(.read, "echo/a", wrapTTL: 60).requireWrappingToken()
        let winners = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<32 {
                group.addTask {
                    let answer =
                        byName
                        ? await server.call(
                            .update, "sys/wrapping/unwrap", ["token": .string(token)])
                        : await server.call(.update, "sys/wrapping/unwrap", token: token)
                    return answer.status == 200
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(winners == 1)
    }

    @Test("a wrapping token opens nothing else, and an ordinary token is none")
    func noOtherUse() async throws {
        let server = try await server()
        let token = try await server.call(.read, "echo/a", wrapTTL: 60).requireWrappingToken()
        #expect(await server.call(.read, "echo/a", token: token).status == 403)
        let ordinary = try await server.token(["default"])
        let body: JSONValue = ["token": .string(ordinary)]
        #expect(await server.call(.update, "sys/wrapping/unwrap", body).status == 400)
        #expect(await server.call(.update, "sys/wrapping/lookup", body).status == 400)
        #expect(await server.call(.update, "sys/wrapping/rewrap", body).status == 400)
        #expect(await server.call(.read, "auth/token/lookup-self", token: ordinary).status == 200)
    }

    @Test("looking up needs no other token and leaves the wrapping token usable")
    func lookup() async throws {
        let server = try await server()
        let token = try await server.call(.read, "echo/a", wrapTTL: 60).requireWrappingToken()
        let body: JSONValue = ["token": .string(token)]
        for _ in 0..<3 {
            let found = await server.call(.update, "sys/wrapping/lookup", body, token: "")
            #expect(found.data?["creation_path"]?.stringValue == "echo/a")
            #expect(found.data?["creation_ttl"]?.intValue == 60)
        }
        let itself = await server.call(.update, "sys/wrapping/lookup", token: token)
        #expect(itself.status == 200)
        #expect(await server.call(.update, "sys/wrapping/unwrap", body).status == 200)
        #expect(await server.call(.update, "sys/wrapping/lookup", body).status == 400)
    }

    @Test("rewrapping gives a new token for the same content, path and time, and ends the old one")
    func rewrap() async throws {
        let server = try await server()
        let old = try await server.call(.read, "echo/a", wrapTTL: 77).requireWrappingToken()
        let moved = await server.call(.update, "sys/wrapping/rewrap", ["token": .string(old)])
        #expect(moved.wrapInfo?["creation_path"]?.stringValue == "echo/a")
        #expect(moved.wrapInfo?["ttl"]?.intValue == 77)
        let new = try moved.requireWrappingToken()
        #expect(await server.call(.update, "sys/wrapping/unwrap", token: old).status == 400)
        let opened = await server.call(.update, "sys/wrapping/unwrap", token: new)
        #expect(opened.data?["path"]?.stringValue == "a")
    }

    @Test("values of one's own are wrapped only if wrapping is asked for")
    func wrapValues() async throws {
        let server = try await server()
        let values: JSONValue = ["a": 1, "b": ["c": "d"]]
        #expect(await server.call(.update, "sys/wrapping/wrap", values).status == 400)
        let wrapped = await server.call(.update, "sys/wrapping/wrap", values, wrapTTL: 60)
        let token = try wrapped.requireWrappingToken()
        let opened = await server.call(.update, "sys/wrapping/unwrap", token: token)
        #expect(opened.data == values)
    }

    @Test("a wrapped token creation names the accessor, so that it can be revoked unopened")
    func wrappedToken() async throws {
        let server = try await server()
        let wrapped = await server.call(
            .update, "auth/token/create", ["policies": ["default"]], wrapTTL: 60)
        #expect(wrapped.auth == nil)
        let accessor = try #require(wrapped.wrapInfo?["wrapped_accessor"]?.stringValue)
        let opened = await server.call(
            .update, "sys/wrapping/unwrap", token: try wrapped.requireWrappingToken())
        #expect(opened.auth?["accessor"]?.stringValue == accessor)
        let token = try opened.requireToken()
        #expect(await server.call(.read, "auth/token/lookup-self", token: token).status == 200)
    }

    @Test("a failure is not wrapped, nor a write that answers nothing")
    func notWrapped() async throws {
        let server = try await server()
        let denied = await server.call(.read, "echo/a", token: "hvs.none", wrapTTL: 60)
        #expect(denied.status == 403)
        #expect(denied.wrapInfo == nil)
        let written = await server.call(
            .update, "sys/policies/acl/a", ["policy": "path \"a\" { capabilities = [\"read\"] }"],
            wrapTTL: 60)
        #expect(written.status == 204)
        #expect(written.wrapInfo == nil)
    }

    @Test("revoking a wrapping token by its accessor removes what it holds")
    func revoked() async throws {
        let server = try await server()
        let wrapped = await server.call(.read, "echo/a", wrapTTL: 60)
        let accessor = try #require(wrapped.wrapInfo?["accessor"]?.stringValue)
        let before = try server.storedKeys().count
        _ = await server.call(
            .update, "auth/token/revoke-accessor", ["accessor": .string(accessor)])
        // The token, its expiry and the response.
        #expect(try server.storedKeys().count == before - 3)
        let token = try wrapped.requireWrappingToken()
        #expect(await server.call(.update, "sys/wrapping/unwrap", token: token).status == 400)
    }

    @Test("a policy's wrapping times are kept")
    func policyLimits() async throws {
        let server = try await server()
        await server.policy(
            "wrapped",
            """
            path "echo/*" {
                capabilities = ["read"]
                min_wrapping_ttl = "10s"
                max_wrapping_ttl = "100s"
            }
            """)
        let token = try await server.token(["wrapped"])
        #expect(await server.call(.read, "echo/a", token: token).status == 403)
        #expect(await server.call(.read, "echo/a", token: token, wrapTTL: 9).status == 403)
        #expect(await server.call(.read, "echo/a", token: token, wrapTTL: 101).status == 403)
        #expect(await server.call(.read, "echo/a", token: token, wrapTTL: 100).status == 200)
    }

    @Test("a wrapped answer survives a restart of the server")
    func restart() async throws {
        let server = try await server()
        let token = try await server.call(.read, "echo/a", wrapTTL: 60).requireWrappingToken()
        _ = await server.call(.update, "sys/seal")
        try await server.core.unseal(share: server.shares[0])
        let opened = await server.call(.update, "sys/wrapping/unwrap", token: token)
        #expect(opened.data?["path"]?.stringValue == "a")
    }
}
