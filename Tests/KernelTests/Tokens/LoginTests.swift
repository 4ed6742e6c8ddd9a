import JSON
import Kernel
import KernelTesting
import Paths
import Synchronization
import Testing

@Suite struct LoginTests {
    /// What the auth method answers to logins and renewals; tests change it as they go.
    private final class Script: Sendable {
        let login: Mutex<BackendOutcome>
        let renewal = Mutex<BackendOutcome>(.success(BackendAnswer()))

        init(_ grant: AuthGrant) {
            login = Mutex(.success(BackendAnswer(auth: grant)))
        }

        func grants(_ grant: AuthGrant) {
            login.withLock { $0 = .success(BackendAnswer(auth: grant)) }
        }
    }

    private func server(
        _ grant: AuthGrant, type: String = "", settings: CoreSettings = CoreSettings()
    ) async throws -> (TestCore, Script) {
        let script = Script(grant)
        let door = FakeEngineType(
            "door", kind: .auth, unauthenticated: ["login/*"]
        ) { request, _ in
            request.operation == .renew
                ? script.renewal.withLock { $0 } : script.login.withLock { $0 }
        }
        let server = try await TestCore([door], settings: settings)
        var config = JSONObject()
        if !type.isEmpty { config["token_type"] = .string(type) }
        let enabled = await server.call(
            .update, "sys/auth/front/door", ["type": "door", "config": .object(config)])
        #expect(enabled.status == 204)
        return (server, script)
    }

    private func login(_ server: TestCore) async -> TestResponse {
        await server.call(.update, "auth/front/door/login/alice", [:], token: "")
    }

    @Test("a login becomes a token with everything that the auth method said") func token()
        async throws
    {
        let (server, _) = try await server(
            AuthGrant(
                policies: ["app"], displayName: "alice", metadata: [("user", "alice")],
                ttlSeconds: 600, numberOfUses: 9, boundCIDRs: ["192.0.2.0/24"],
                tokenType: "default", aliasName: "alice"))
        let response = await login(server)
        #expect(response.status == 200)
        let auth = response.auth
        #expect(auth?["policies"] == ["app", "default"])
        #expect(auth?["token_policies"] == ["app", "default"])
        #expect(auth?["identity_policies"] == nil)
        #expect(auth?["metadata"] == ["user": "alice"])
        #expect(auth?["lease_duration"] == 600)
        #expect(auth?["renewable"] == true)
        #expect(auth?["orphan"] == true)
        #expect(auth?["num_uses"] == 9)
        #expect(auth?["token_type"] == "service")
        #expect(auth?["mfa_requirement"] == .null)
        #expect(auth?["entity_id"]?.stringValue?.isEmpty == false)
        let data = await server.call(
            .update, "auth/token/lookup", ["token": auth?["client_token"] ?? .null]
        ).data
        #expect(data?["display_name"] == "front-door-alice")
        #expect(data?["path"] == "auth/front/door/login/alice")
        #expect(data?["entity_id"] == auth?["entity_id"])
        #expect(data?["bound_cidrs"] == ["192.0.2.0/24"])
        #expect(await login(server).auth?["entity_id"] == auth?["entity_id"])
    }

    @Test("the entity's policies come on top and are told apart") func identityPolicies()
        async throws
    {
        let (server, _) = try await server(
            AuthGrant(policies: ["app"], displayName: "a", aliasName: "a"))
        let entity = try #require(await login(server).auth?["entity_id"]?.stringValue)
        _ = await server.call(
            .update, "identity/entity/id/\(entity)", ["policies": ["staff"]])
        let auth = await login(server).auth
        #expect(auth?["identity_policies"] == ["staff"])
        #expect(auth?["token_policies"] == ["app", "default"])
        #expect(auth?["policies"] == ["app", "default", "staff"])
        _ = await server.call(.update, "identity/entity/id/\(entity)", ["disabled": true])
        let refused = await login(server)
        #expect(refused.status == 403)
        #expect(refused.auth == nil)
    }

    @Test(
        "no auth method makes root, however it spells it",
        arguments: ["root", "Root", "ROOT", " root", "root ", "ro\u{200B}ot"])
    func root(name: String) async throws {
        let (server, _) = try await server(AuthGrant(policies: ["app", name], displayName: "a"))
        let response = await login(server)
        #expect(response.status == 400)
        #expect(response.auth == nil)
    }

    @Test("no auth method gives what only the core gives") func unassignable() async throws {
        let (server, _) = try await server(
            AuthGrant(policies: ["response-wrapping"], displayName: "a"))
        #expect(await login(server).errors == ["cannot assign policy \"response-wrapping\""])
    }

    @Test("lifetimes are clamped to the system's and the mount's, wherever they come from")
    func clamped() async throws {
        let settings = CoreSettings(defaultLeaseTTLSeconds: 50, maxLeaseTTLSeconds: 100)
        let (server, script) = try await server(
            AuthGrant(policies: [], displayName: "a", ttlSeconds: .max), settings: settings)
        #expect(await login(server).auth?["lease_duration"] == 100)
        script.grants(AuthGrant(policies: [], displayName: "a", periodSeconds: .max))
        #expect(await login(server).auth?["lease_duration"] == 100)
        script.grants(
            AuthGrant(policies: [], displayName: "a", ttlSeconds: 90, maxTTLSeconds: 30))
        #expect(await login(server).auth?["lease_duration"] == 30)
        script.grants(AuthGrant(policies: [], displayName: "a"))
        #expect(await login(server).auth?["lease_duration"] == 50)
        _ = await server.call(
            .update, "sys/auth/front/door/tune", ["max_lease_ttl": 20, "default_lease_ttl": 10])
        #expect(await login(server).auth?["lease_duration"] == 10)
        script.grants(AuthGrant(policies: [], displayName: "a", explicitMaxTTLSeconds: 5000))
        #expect((await login(server).auth?["lease_duration"]?.intValue ?? 99) <= 20)
    }

    @Test(
        "the mount decides between service and batch, or leaves it to the auth method",
        arguments: [
            ("", "default", "service"), ("", "batch", "batch"),
            ("default-batch", "default", "batch"),
            ("default-batch", "service", "service"), ("batch", "service", "batch"),
            ("service", "batch", "service"), ("default-service", "batch", "batch"),
        ])
    func kind(mount: String, grant: String, made: String) async throws {
        let (server, _) = try await server(
            AuthGrant(policies: ["app"], displayName: "a", tokenType: grant), type: mount)
        let auth = await login(server).auth
        #expect(auth?["token_type"] == .string(made))
        #expect(auth?["renewable"] == .bool(made == "service"))
        #expect(
            auth?["client_token"]?.stringValue?.hasPrefix(made == "batch" ? "hvb." : "hvs.") == true
        )
    }

    @Test("a count of uses is never lost by making a batch token of it") func countedBatch()
        async throws
    {
        let (server, _) = try await server(
            AuthGrant(policies: ["app"], displayName: "a", numberOfUses: 1), type: "batch")
        #expect(await login(server).status == 400)
    }

    @Test("an answer that is an error as well, or no login, makes no token") func misplaced()
        async throws
    {
        let (server, script) = try await server(AuthGrant(policies: ["app"], displayName: "a"))
        let keys = try server.storedKeys()
        script.login.withLock {
            $0 = .success(
                BackendAnswer(status: 403, auth: AuthGrant(policies: ["app"], displayName: "a")))
        }
        let both = await login(server)
        #expect(both.status == 500)
        #expect(both.auth == nil)
        script.grants(AuthGrant(policies: ["app"], displayName: "a"))
        let elsewhere = await server.call(.update, "auth/front/door/config", [:])
        #expect(elsewhere.status == 500)
        #expect(elsewhere.auth == nil)
        #expect(try server.storedKeys() == keys)
    }

    @Test("a login can be wrapped") func wrapped() async throws {
        let (server, _) = try await server(AuthGrant(policies: ["app"], displayName: "a"))
        let response = await server.call(
            .update, "auth/front/door/login/a", [:], token: "", wrapTTL: 60)
        #expect(response.auth == nil)
        let wrapping = try #require(response.wrapInfo?["token"]?.stringValue)
        let opened = await server.call(.update, "sys/wrapping/unwrap", [:], token: wrapping)
        #expect(opened.auth?["policies"] == ["app", "default"])
    }

    // MARK: Renewal

    @Test("a renewal asks the auth method, which may shorten, change or refuse it")
    func renewal() async throws {
        let (server, script) = try await server(
            AuthGrant(
                policies: ["app"], displayName: "a", ttlSeconds: 600,
                internalData: Array("{\"role\":\"r\"}".utf8)))
        let token = try await login(server).requireToken()
        func renew() async -> TestResponse {
            await server.call(
                .update, "auth/token/renew", ["token": .string(token), "increment": 1200])
        }
        #expect(await renew().auth?["lease_duration"] == 1200)
        let asked = try #require(server.launcher.engines.last?.requests.last)
        #expect(asked.operation == .renew)
        #expect(asked.path == "login/alice")
        #expect(asked.internalData == Array("{\"role\":\"r\"}".utf8))
        script.renewal.withLock {
            $0 = .success(
                BackendAnswer(
                    auth: AuthGrant(policies: ["root"], displayName: "a", maxTTLSeconds: 700)))
        }
        let shortened = await renew()
        #expect((400...700).contains(shortened.auth?["lease_duration"]?.intValue ?? 0))
        // A renewal never changes what the token may do.
        #expect(shortened.auth?["policies"] == ["app", "default"])
        script.renewal.withLock {
            $0 = .failure(BackendFailure(.permissionDenied, "the user is gone"))
        }
        #expect(await renew().status == 403)
        script.renewal.withLock { $0 = .failure(BackendFailure(.unsupportedPath, "")) }
        #expect(await renew().errors == ["the auth method does not renew its tokens"])
    }

    @Test("a login's groups are those that its auth method names, at each login and renewal")
    func groups() async throws {
        func grant(_ groups: [String]) -> AuthGrant {
            AuthGrant(
                policies: [], displayName: "a", ttlSeconds: 600, aliasName: "a",
                groupAliases: groups)
        }
        let (server, script) = try await server(grant(["dev", "nobody's"]))
        let accessor = await server.call(.read, "sys/auth").data?["front/door/"]?["accessor"]
        for name in ["dev", "ops"] {
            let group = await server.call(
                .update, "identity/group",
                ["name": .string(name), "type": "external", "policies": [.string(name)]])
            _ = await server.call(
                .update, "identity/group-alias",
                [
                    "name": .string(name), "mount_accessor": accessor ?? .null,
                    "canonical_id": group.data?["id"] ?? .null,
                ])
        }
        let auth = await login(server).auth
        #expect(auth?["identity_policies"] == ["dev"])
        let token = auth?["client_token"] ?? .null
        func renewed(_ answer: BackendAnswer) async -> JSONValue? {
            script.renewal.withLock { $0 = .success(answer) }
            return await server.call(.update, "auth/token/renew", ["token": token])
                .auth?["identity_policies"]
        }
        #expect(await renewed(BackendAnswer()) == ["dev"])
        #expect(await renewed(BackendAnswer(auth: grant(["ops"]))) == ["ops"])
        #expect(await renewed(BackendAnswer(auth: grant([]))) == nil)
        #expect(await login(server).auth?["identity_policies"] == ["dev"])
        script.grants(grant([]))
        #expect(await login(server).auth?["identity_policies"] == nil)
    }

    @Test(
        "a known entity's login sees what changed of it: the alias's metadata, and that it may not")
    func knownEntity() async throws {
        func grant(_ job: String) -> AuthGrant {
            AuthGrant(
                policies: [], displayName: "a", ttlSeconds: 600, aliasName: "a",
                aliasMetadata: [("job", job)])
        }
        let (server, script) = try await server(grant("build"))
        let first = try #require(await login(server).auth?["entity_id"]?.stringValue)
        func metadata() async -> JSONValue? {
            await server.call(.read, "identity/entity/id/\(first)").data?["aliases"]?[0]?[
                "metadata"]
        }
        #expect(await login(server).auth?["entity_id"] == .string(first))
        #expect(await metadata() == ["job": "build"])
        script.grants(grant("deploy"))
        #expect(await login(server).auth?["entity_id"] == .string(first))
        #expect(await metadata() == ["job": "deploy"])
        _ = await server.call(.update, "identity/entity/id/\(first)", ["disabled": true])
        #expect(await login(server).status == 403)
    }

    @Test("a token of an auth method that is gone is not renewed") func mountGone() async throws {
        let (server, _) = try await server(AuthGrant(policies: ["app"], displayName: "a"))
        let token = try await login(server).requireToken()
        _ = await server.call(.delete, "sys/auth/front/door")
        let answer = await server.call(.update, "auth/token/renew", ["token": .string(token)])
        #expect(answer.status >= 400)
    }
}
