// Tokens under the names of leases: listed, looked up and ended by the path that made them.

import JSON
import Kernel
import KernelTesting
import Paths
import Synchronization
import Testing

@Suite struct TokensByPathTests {
    let server: TestCore
    private let store = FailingStore()
    private let hook = Hook()

    /// What happens between the auth method's answer and the token.
    private final class Hook: Sendable {
        typealias Body = @Sendable () async -> Void
        private let body = Mutex<Body?>(nil)
        func set(_ new: @escaping Body) { body.withLock { $0 = new } }
        func run() async { await body.withLock { $0 }?() }
    }

    init() async throws {
        let hook = hook
        let door = FakeEngineType("door", kind: .auth, unauthenticated: ["login/*"]) { _, _ in
            await hook.run()
            return .success(
                BackendAnswer(
                    auth: AuthGrant(policies: ["maker"], displayName: "x", ttlSeconds: 600)))
        }
        server = try await TestCore([.echo, door], store: store, shares: 1, threshold: 1)
        for share in server.shares { try await server.core.unseal(share: share) }
        for mount in ["front", "back", "front-2"] {
            _ = await server.call(.update, "sys/auth/\(mount)", ["type": "door"])
        }
        await server.policy(
            "maker", "path \"auth/token/create\" { capabilities = [\"update\"] }")
    }

    private func login(_ mount: String, _ name: String = "alice") async throws -> String {
        try await server.call(.update, "auth/\(mount)/login/\(name)", [:], token: "").requireToken()
    }

    private func lives(_ token: String) async -> Bool {
        await server.call(.read, "auth/token/lookup-self", token: token).status == 200
    }

    private func names(_ path: String) async -> [String] {
        await server.call(.list, "sys/leases/lookup/\(path)").data?["keys"]?.arrayValue?
            .compactMap(\.stringValue) ?? []
    }

    private func leaseID(_ folder: String) async throws -> String {
        folder + (try #require(await names(folder).first))
    }

    @Test("they are listed below the path that made them; root tokens without an end are not")
    func listing() async throws {
        #expect(await names("") == [])
        _ = try await login("front")
        _ = try await login("front", "bob")
        _ = try await server.token(["default"])
        _ = await server.call(.update, "auth/token/roles/ci", ["orphan": true])
        _ = await server.call(.update, "auth/token/create/ci", ["policies": ["default"]])
        #expect(await names("") == ["auth/"])
        #expect(await names("auth") == ["front/", "token/"])
        #expect(await names("auth/front/login/") == ["alice/", "bob/"])
        #expect(await names("auth/front/login/alice").count == 1)
        let created = await names("auth/token/create")
        #expect(created.count == 2)
        #expect(created.first == "ci/")
        #expect(created.last?.first == "h")
        #expect(await names("auth/token/root") == [])
        #expect(await server.call(.list, "sys/leases/lookup/auth/back/").status == 404)
    }

    @Test("one is looked up and revoked by its lease id, and renewed as a token only")
    func one() async throws {
        let token = try await login("front")
        let id = try await leaseID("auth/front/login/alice/")
        #expect(!id.contains(token))
        let found = await server.call(.update, "sys/leases/lookup", ["lease_id": .string(id)])
        #expect(found.data?["path"] == "auth/front/login/alice")
        #expect(found.data?["renewable"] == true)
        #expect((300...600).contains(found.data?["ttl"]?.intValue ?? 0))
        let renewed = await server.call(.update, "sys/leases/renew", ["lease_id": .string(id)])
        #expect(renewed.status == 400)
        #expect(renewed.errors == ["tokens cannot be renewed through this endpoint"])
        // The path is part of the name: policies judge it.
        let digest = id.split(separator: "/").last.map(String.init) ?? ""
        let elsewhere = "auth/back/login/alice/" + digest
        let wrong = await server.call(
            .update, "sys/leases/lookup", ["lease_id": .string(elsewhere)])
        #expect(wrong.status == 400)
        _ = await server.call(.update, "sys/leases/revoke", ["lease_id": .string(elsewhere)])
        #expect(await lives(token))
        let revoked = await server.call(.update, "sys/leases/revoke", ["lease_id": .string(id)])
        #expect(revoked.status == 202)
        #expect(await lives(token) == false)
        #expect(await names("") == [])
    }

    @Test(
        "those below a path end with one call, and so do their children; others do not",
        arguments: ["revoke-prefix", "revoke-force"], [false, true])
    func prefix(endpoint: String, isSync: Bool) async throws {
        let (alice, bob) = (try await login("front"), try await login("front", "bob"))
        let (other, similar) = (try await login("back"), try await login("front-2"))
        let child = try await server.call(.update, "auth/token/create", [:], token: alice)
            .requireToken()
        let answer = await server.call(
            .update, "sys/leases/\(endpoint)/auth/front", ["sync": .bool(isSync)])
        #expect(answer.status == (isSync || endpoint == "revoke-force" ? 204 : 202))
        for token in [alice, bob] { #expect(await lives(token) == false) }
        await eventually("its child ends") { await lives(child) == false }
        for token in [other, similar, server.rootToken] { #expect(await lives(token)) }
        #expect(await names("auth/front") == [])
    }

    @Test("tokens that tokens made end below auth/token/create; the operator's own root does not")
    func created() async throws {
        let token = try await server.token(["default"])
        let login = try await login("front")
        let orphan = try await server.call(.update, "auth/token/create-orphan", [:]).requireToken()
        let answer = await server.call(
            .update, "sys/leases/revoke-prefix/auth/token/create", ["sync": true])
        #expect(answer.status == 204)
        #expect(await lives(token) == false)
        for token in [login, orphan, server.rootToken] { #expect(await lives(token)) }
    }

    @Test("more of them than are read at a time end too") func many() async throws {
        var tokens: [String] = []
        for _ in 0..<700 { tokens.append(try await login("front")) }
        let other = try await login("back")
        _ = await server.call(.update, "sys/leases/revoke-prefix/auth/front")
        for token in tokens { #expect(await lives(token) == false) }
        #expect(await lives(other))
    }

    @Test("an auth method that is disabled takes everybody along whom it let in")
    func disabled() async throws {
        let (gone, kept) = (try await login("front"), try await login("back"))
        let child = try await server.call(.update, "auth/token/create", [:], token: gone)
            .requireToken()
        #expect(await server.call(.delete, "sys/auth/front").status == 204)
        #expect(await lives(gone) == false)
        #expect(await lives(child) == false)
        #expect(await lives(kept))
        // Somebody else's mount at the same path later is another one.
        _ = await server.call(.update, "sys/auth/front", ["type": "door"])
        #expect(await lives(gone) == false)
    }

    @Test("a login under way while its auth method is disabled gets no token and leaves none")
    func race() async throws {
        let server = server
        hook.set { _ = await server.call(.delete, "sys/auth/front") }
        let answer = await server.call(.update, "auth/front/login/alice", [:], token: "")
        #expect(answer.status == 503)
        #expect(answer.auth == nil)
        #expect(await names("") == [])
    }

    @Test("a token that is stored after its auth method's tokens were ended is taken back")
    func lateToken() async throws {
        let server = server
        store.beforeWrite(to: "/token/id/") { _ = await server.call(.delete, "sys/auth/front") }
        let answer = await server.call(.update, "auth/front/login/alice", [:], token: "")
        #expect(answer.status == 503)
        #expect(answer.auth == nil)
        #expect(await names("") == [])
    }

    @Test("an auth method whose tokens cannot be ended stays, to be disabled again")
    func cannotEnd() async throws {
        let token = try await login("front")
        store.fill(true)
        #expect(await server.call(.delete, "sys/auth/front").status == 503)
        store.fill(false)
        #expect(await lives(token))
        _ = try await login("front")
        #expect(await server.call(.delete, "sys/auth/front").status == 204)
        #expect(await lives(token) == false)
    }

    @Test("a mount that moves ends the tokens of its old path") func moved() async throws {
        let token = try await login("front")
        _ = await server.call(
            .update, "sys/remount", ["from": "auth/front", "to": "auth/hall"])
        await eventually("it ends") { await lives(token) == false }
        await eventually("the mount is there") { (try? await login("hall")) != nil }
    }
}
