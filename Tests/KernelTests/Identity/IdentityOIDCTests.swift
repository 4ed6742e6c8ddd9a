// The endpoints below identity/oidc, through the pipeline.

import Clock
import Cryptography
import JSON
import KernelTesting
import Paths
import Testing

@testable import Kernel

@Suite struct IdentityOIDCTests {
    /// A server with an entity, and a token of this entity that may do everything with `identity/`.
    struct Bench {
        let server: TestCore
        let entityID: String
        let token: String

        init() async throws {
            server = try await TestCore(settings: CoreSettings(apiAddress: "https://server:8200"))
            let made = await server.call(
                .update, "identity/entity",
                ["name": "bob", "metadata": ["color": "green\",\"sub\":\"x"]])
            entityID = try #require(made.data?["id"]?.stringValue)
            await server.policy(
                "all",
                "path \"identity/*\" { capabilities = [\"create\", \"read\", \"update\", "
                    + "\"delete\", \"list\"] }")
            token = try await server.token(["all"])
            let tokens = try server.core.rootState().tokens
            let stored = try #require(
                try tokens.find(tokens.key(of: SecretBytes(utf8: token))))
            var entry = stored.entry
            entry.entityID = entityID
            #expect(try await tokens.replace(stored, with: entry))
            // Elliptic curves: quick to make.
            _ = await server.call(
                .update, "identity/oidc/key/k",
                ["algorithm": "ES256", "allowed_client_ids": "*", "verification_ttl": "1h"])
            _ = await server.call(
                .update, "identity/oidc/role/r",
                [
                    "key": "k", "ttl": "10m", "client_id": "app",
                    "template": "{\"color\": {{identity.entity.metadata.color}}}",
                ])
        }

        func introspect(_ token: String, clientID: String? = nil) async -> JSONValue? {
            var body: JSONValue = ["token": .string(token)]
            body["client_id"] = clientID.map { .string($0) }
            let answer = await server.call(.update, "identity/oidc/introspect", body)
            return answer.data?.stringValue.flatMap { try? JSONValue(parsing: $0) }
        }
    }

    @Test("a token says who asks, and introspection knows it until the entity is disabled or gone")
    func life() async throws {
        let bench = try await Bench()
        let answer = await bench.server.call(
            .read, "identity/oidc/token/r", token: bench.token)
        #expect(answer.data?["client_id"] == "app" && answer.data?["ttl"] == 600)
        let token = try #require(answer.data?["token"]?.stringValue)
        let claims = try IdentityTokenTests.part(token, 1)
        #expect(claims["sub"] == .string(bench.entityID) && claims["namespace"] == "root")
        #expect(claims["color"] == "green\",\"sub\":\"x")
        #expect(claims["iss"] == "https://server:8200/v1/identity/oidc")
        #expect(await bench.introspect(token) == ["active": true])
        #expect(await bench.introspect(token, clientID: "app") == ["active": true])
        #expect(await bench.introspect(token, clientID: "other")?["active"] == false)
        let path = "identity/entity/id/\(bench.entityID)"
        _ = await bench.server.call(.update, path, ["disabled": true])
        #expect(
            await bench.introspect(token) == ["active": false, "error": "entity is disabled"])
        _ = await bench.server.call(.delete, path)
        #expect(
            await bench.introspect(token) == ["active": false, "error": "entity was not found"])
    }

    @Test("a token without an entity gets none")
    func noEntity() async throws {
        let bench = try await Bench()
        let answer = await bench.server.call(.read, "identity/oidc/token/r")
        #expect(answer.status == 400)
        #expect(answer.errors == ["no entity associated with the request's token"])
    }

    @Test("the well-known documents need no token; everything else does")
    func unauthenticated() async throws {
        let bench = try await Bench()
        let found = await bench.server.call(
            .read, "identity/oidc/.well-known/openid-configuration", token: "")
        let text = try #require(found.data?.stringValue)
        let document = try JSONValue(parsing: text)
        #expect(document["issuer"] == "https://server:8200/v1/identity/oidc")
        #expect(document["jwks_uri"] == "https://server:8200/v1/identity/oidc/.well-known/keys")
        let keys = await bench.server.call(.read, "identity/oidc/.well-known/keys", token: "")
        let set = try JSONValue(parsing: try #require(keys.data?.stringValue))
        #expect(set["keys"]?.arrayValue?.count == 2)
        #expect(set["keys"]?[0]?["d"] == nil && set["keys"]?[0]?["use"] == "sig")
        for path in [
            "config", "key", "key/k", "role", "role/r", "token/r", ".well-known/other",
            ".well-known/keys/x", ".well-known",
        ] {
            let answer = await bench.server.call(.read, "identity/oidc/\(path)", token: "")
            #expect(answer.status == 403, "\(path)")
        }
        let introspection = await bench.server.call(
            .update, "identity/oidc/introspect", ["token": "x"], token: "")
        #expect(introspection.status == 403)
    }

    @Test("keys and roles are written in part, read, listed and deleted")
    func configuration() async throws {
        let bench = try await Bench()
        let server = bench.server
        _ = await server.call(.update, "identity/oidc/key/k", ["rotation_period": "2h"])
        #expect(
            await server.call(.read, "identity/oidc/key/k").data == [
                "rotation_period": 7200, "verification_ttl": 3600, "algorithm": "ES256",
                "allowed_client_ids": ["*"],
            ])
        #expect(
            await server.call(.list, "identity/oidc/key/").data?["keys"] == ["default", "k"])
        _ = await server.call(.update, "identity/oidc/role/r", ["ttl": 60])
        #expect(
            await server.call(.read, "identity/oidc/role/r").data == [
                "client_id": "app", "key": "k", "ttl": 60,
                "template": "{\"color\": {{identity.entity.metadata.color}}}",
            ])
        #expect(await server.call(.list, "identity/oidc/role/").data?["keys"] == ["r"])
        #expect(await server.call(.delete, "identity/oidc/key/k").status == 400)
        #expect(await server.call(.delete, "identity/oidc/role/r").status == 204)
        #expect(await server.call(.delete, "identity/oidc/key/k").status == 204)
        #expect(await server.call(.read, "identity/oidc/key/k").status == 404)
        #expect(await server.call(.read, "identity/oidc/role/r").status == 404)
        #expect(await server.call(.list, "identity/oidc/role/").status == 404)
    }

    @Test(
        "what cannot be meant is refused, and changes nothing",
        arguments: [
            ("key/x", ["algorithm": "none"], "unknown signing algorithm \"none\""),
            ("key/x", ["algorithm": "HS256"], "unknown signing algorithm \"HS256\""),
            ("key/x", ["rotation_period": -1], ""), ("key/x", ["allowed_client_ids": ["a": 1]], ""),
            ("key/-x", [:], ""), ("role/x", [:], "the key parameter is required"),
            ("role/x", ["key": "k", "ttl": 0], "ttl must be positive"),
            ("role/x", ["key": "k", "template": "{\"aud\": 1}"], "top level key \"aud\""),
            ("role/x", ["key": "../k"], ""),
            ("config", ["issuer": "https://a/b"], "invalid issuer"),
            ("key/none/rotate", [:], "no named key found at \"none\""), ("introspect", [:], ""),
        ] as [(String, JSONValue, String)])
    func refusals(_ path: String, _ body: JSONValue, _ reason: String) async throws {
        let bench = try await Bench()
        let answer = await bench.server.call(.update, "identity/oidc/\(path)", body)
        #expect(answer.status == 400)
        #expect(reason.isEmpty || answer.errors.first?.contains(reason) == true)
        #expect(await bench.server.call(.read, "identity/oidc/key/x").status == 404)
        #expect(await bench.server.call(.read, "identity/oidc/role/x").status == 404)
    }

    @Test("an issuer is kept with a warning, and unset without one")
    func issuer() async throws {
        let bench = try await Bench()
        let set = await bench.server.call(
            .update, "identity/oidc/config", ["issuer": "https://example.com:1234"])
        #expect(set.status == 200 && set.warnings.count == 1 && set.data == nil)
        #expect(
            await bench.server.call(.read, "identity/oidc/config").data
                == ["issuer": "https://example.com:1234"])
        let unset = await bench.server.call(.update, "identity/oidc/config", ["issuer": ""])
        #expect(unset.status == 204)
    }
}
