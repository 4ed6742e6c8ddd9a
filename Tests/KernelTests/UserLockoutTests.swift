import JSON
import Kernel
import KernelTesting
import Paths
import Storage
import Testing

@Suite struct UserLockoutTests {
    /// Lets in whoever has the password `right`.
    static let door = FakeEngineType(
        "door", kind: .auth,
        routes: [
            Route(
                PathPattern("login/:user"),
                operations: [.update: DeclaredRoute(loginName: "user")]),
            Route(
                PathPattern("login"), operations: [.update: DeclaredRoute(loginName: "role_id")]),
        ], unauthenticated: ["login", "login/*"]
    ) { request, _ in
        if String(decoding: request.data, as: UTF8.self).contains("right") {
            return .success(BackendAnswer(auth: AuthGrant(policies: ["app"], displayName: "a")))
        }
        return .failure(BackendFailure(.invalidRequest, "invalid username or password"))
    }

    private func server(_ lockout: JSONObject = [:]) async throws -> TestCore {
        let server = try await TestCore([Self.door])
        _ = await server.call(
            .update, "sys/auth/door",
            ["type": "door", "config": ["user_lockout_config": .object(lockout)]])
        return server
    }

    private func login(
        _ server: TestCore, _ user: String, _ password: String = "wrong"
    ) async -> Int {
        await server.call(
            .update, "auth/door/login/\(user)", ["password": .string(password)], token: ""
        ).status
    }

    private func locked(_ server: TestCore) async -> JSONValue? {
        let data = await server.call(.read, "sys/locked-users").data
        return data?["by_namespace"]?[0]?["mount_accessors"]?[0]?["alias_identifiers"]
    }

    @Test("the sixth attempt is refused even with the right password, for this user only")
    func locks() async throws {
        let server = try await server()
        for _ in 0..<5 { #expect(await login(server, "alice") == 400) }
        #expect(await login(server, "alice", "right") == 403)
        #expect(await login(server, "bob", "right") == 200)
        #expect(await locked(server) == ["alice"])
    }

    @Test("names count without regard to case") func caseFolded() async throws {
        let server = try await server(["lockout_threshold": "3"])
        for name in ["alice", "Alice", "ALICE"] { #expect(await login(server, name) == 400) }
        for name in ["alice", "aLiCe"] { #expect(await login(server, name, "right") == 403) }
    }

    @Test("a success in between starts the count anew") func success() async throws {
        let server = try await server(["lockout_threshold": 2])
        for _ in 0..<5 {
            #expect(await login(server, "alice") == 400)
            #expect(await login(server, "alice", "right") == 200)
        }
        #expect(await locked(server) == nil)
    }

    @Test("the name may stand in the body") func inBody() async throws {
        let server = try await server(["lockout_threshold": 1])
        let wrong: JSONValue = ["role_id": "r1", "secret_id": "x"]
        #expect(await server.call(.update, "auth/door/login", wrong, token: "").status == 400)
        let right: JSONValue = ["role_id": "r1", "secret_id": "right"]
        #expect(await server.call(.update, "auth/door/login", right, token: "").status == 403)
    }

    @Test("an operator unlocks a user, and a lock outlives a restart until then")
    func unlock() async throws {
        let server = try await server(["lockout_threshold": 1])
        let before = try server.storedKeys().count
        #expect(await login(server, "alice") == 400)
        // The lock is written behind the answer.
        for _ in 0..<1000 where try server.storedKeys().count == before { await Task.yield() }
        try await server.core.seal()
        for share in server.shares { try await server.core.unseal(share: share) }
        #expect(await login(server, "Alice", "right") == 403)
        let accessor = await server.call(.read, "sys/auth").data?["door/"]?["accessor"]?.stringValue
        let path = "sys/locked-users/\(try #require(accessor))/unlock/ALICE"
        #expect(await server.call(.update, path).status == 204)
        #expect(await login(server, "alice", "right") == 200)
        #expect(await server.call(.update, path).status == 204)
        #expect(
            await server.call(.update, "sys/locked-users/nowhere/unlock/a").status == 400)
    }

    private func storedLocks(_ server: TestCore) throws -> [String] {
        try server.storedKeys().filter { $0.contains("/lockout/") }
    }

    @Test("the locks of a mount go with it") func disabled() async throws {
        let server = try await server(["lockout_threshold": 1])
        #expect(await login(server, "alice") == 400)
        try await eventually("the lock is stored") { try storedLocks(server).count == 1 }
        #expect(await server.call(.delete, "sys/auth/door").status == 204)
        #expect(try storedLocks(server).isEmpty)
        #expect(await locked(server) == nil)
    }

    @Test("locks that a mount has left behind are removed at the next unsealing")
    func leftBehind() async throws {
        var settings = CoreSettings()
        settings.isRawStorageEnabled = true
        let server = try await TestCore([Self.door], settings: settings)
        _ = await server.call(
            .update, "sys/auth/door",
            ["type": "door", "config": ["user_lockout_config": ["lockout_threshold": 1]]])
        #expect(await login(server, "alice") == 400)
        try await eventually("the lock is stored") { try storedLocks(server).count == 1 }
        let kept = try storedLocks(server)
        let id = kept[0].split(separator: "/")[3]
        let stray = kept[0].split(separator: "/", omittingEmptySubsequences: false)
            .map { $0 == id ? "00000000-0000-4000-8000-000000000000" : $0 }.joined(separator: "/")
        _ = await server.call(.update, "sys/raw/\(stray)", ["value": "1 bob"])
        #expect(try storedLocks(server).count == 2)
        try await server.core.seal()
        for share in server.shares { try await server.core.unseal(share: share) }
        #expect(try storedLocks(server) == kept)
        #expect(await login(server, "alice", "right") == 403)
    }

    @Test("locking out can be switched off, and the settings are shown") func settings()
        async throws
    {
        let server = try await server(["lockout_threshold": 1, "lockout_disable": true])
        for _ in 0..<3 { #expect(await login(server, "alice") == 400) }
        #expect(await login(server, "alice", "right") == 200)
        let tuning = await server.call(.read, "sys/auth/door/tune").data
        #expect(tuning?["user_lockout_threshold"] == 1)
        #expect(tuning?["user_lockout_disable"] == true)
        #expect(tuning?["user_lockout_duration"] == 900)
        for bad in [["lockout_threshold": 0], ["lockout_duration": "x"]] as [JSONValue] {
            let answer = await server.call(
                .update, "sys/auth/door/tune", ["user_lockout_config": bad])
            #expect(answer.status == 400)
        }
    }
}
