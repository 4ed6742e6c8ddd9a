import Clock
import JSON
import Paths
import PluginSDK
import PluginTesting
import Testing

@testable import AppRole

@Suite struct LoginTests {
    private static let refused = "invalid role or secret ID"

    @Test("a role's id and its secret id make a token as the role says")
    func login() throws {
        let method = try AppRoleHarness()
        let id = try method.role(
            "ci", ["token_policies": "dev,ops", "token_ttl": 60, "token_type": "batch"])
        let secret = try method.secretID("ci", ["metadata": "{\"tag\": \"a\"}"]).secret
        let grant = try #require(method.login(id, secret).auth)
        #expect(
            grant
                == AuthGrant(
                    policies: ["dev", "ops"],
                    metadata: [TextPair("tag", "a"), TextPair("role_name", "ci")], ttlSeconds: 60,
                    aliasName: id,
                    aliasMetadata: [TextPair("tag", "a"), TextPair("role_name", "ci")],
                    tokenType: .batch, internalData: Array(#"{"role_name":"ci"}"#.utf8)))
    }

    @Test("whatever is wrong, the answer is one, and says nothing of which half it was")
    func wrong() throws {
        let method = try AppRoleHarness()
        let id = try method.role("ci")
        let other = try method.role("other")
        let secret = try method.secretID("ci").secret
        for (roleID, secretID) in [
            (id, "wrong"), ("wrong", secret), (other, secret), (id, secret.uppercased()),
            (id, secret + "\u{0}"), (id, String(repeating: "x", count: 5_000)),
            (String(repeating: "x", count: 5_000), secret), ("", secret), (id, " " + secret),
        ] where !roleID.isEmpty {
            let reply = method.login(roleID, secretID)
            #expect(reply.error == Self.refused)
            #expect(reply.failure?.code == .invalidRequest)
        }
        #expect(method.post("login", ["secret_id": .string(secret)]).error == "missing role_id")
        #expect(method.login(id).error == "missing secret_id")
        #expect(method.login(id, secret).auth != nil)
    }

    @Test("a role without secret ids lets in whoever comes from its addresses")
    func withoutSecretID() throws {
        let method = try AppRoleHarness()
        let id = try method.role(
            "ci", ["bind_secret_id": false, "secret_id_bound_cidrs": "10.0.0.0/8"])
        #expect(method.login(id).error.contains("unauthorized by CIDR restrictions on the role"))
        method.harness.remoteAddress = "10.0.0.9"
        #expect(method.login(id).auth != nil)
        #expect(method.login(id, "whatever").auth != nil)
        #expect(method.post("role/ci/secret-id").error == "bind_secret_id is not set on the role")
    }

    @Test("a secret id lives as long as it was given, and not a moment longer")
    func expiry() throws {
        let method = try AppRoleHarness()
        let id = try method.role("ci", ["secret_id_ttl": 60])
        let made = try method.secretID()
        method.advance(seconds: 59)
        #expect(method.login(id, made.secret).auth != nil)
        method.advance(seconds: 1)
        #expect(method.login(id, made.secret).error == Self.refused)
        #expect(
            method.post("role/ci/secret-id/lookup", ["secret_id": .string(made.secret)]).json == nil
        )
        let byAccessor = method.post(
            "role/ci/secret-id-accessor/lookup", ["secret_id_accessor": .string(made.accessor)])
        #expect(byAccessor.failure?.code == .notFound)
    }

    @Test("a secret id is used as often as it was given, and then gone with its accessor")
    func uses() throws {
        let method = try AppRoleHarness()
        let id = try method.role("ci", ["secret_id_num_uses": 3])
        let secret = try method.secretID().secret
        for left in [2, 1] {
            #expect(method.login(id, secret).auth != nil)
            let seen = method.post("role/ci/secret-id/lookup", ["secret_id": .string(secret)])
            #expect(seen["secret_id_num_uses"] == .int(left))
        }
        #expect(method.login(id, secret).auth != nil)
        #expect(method.login(id, secret).error == Self.refused)
        #expect(method.list("role/ci/secret-id").isEmpty)
        #expect(!method.harness.storage.keys.contains { $0.hasPrefix("secret/") })
    }

    @Test("a use that another login took meanwhile is not given twice")
    func usesUnderConcurrency() throws {
        let method = try AppRoleHarness()
        let id = try method.role("ci", ["secret_id_num_uses": 1])
        let secret = try method.secretID().secret
        let other = try AppRoleHarness(storage: method.harness.storage)
        method.harness.storage.beforeNextCommit { _ in
            #expect(other.login(id, secret).auth != nil)
        }
        #expect(method.login(id, secret).error == Self.refused)
    }

    @Test("a login that is refused for its address has used up nothing")
    func refusedAddressUsesNothing() throws {
        let method = try AppRoleHarness()
        let id = try method.role("ci")
        let secret = try method.secretID("ci", ["num_uses": 1, "cidr_list": "10.0.0.0/8"]).secret
        #expect(method.login(id, secret).error.contains("CIDR restrictions on the secret ID"))
        method.harness.remoteAddress = "10.0.0.1"
        #expect(method.login(id, secret).auth != nil)
    }

    @Test("a role that was narrowed since bounds the secret ids that are there")
    func narrowed() throws {
        let method = try AppRoleHarness()
        let id = try method.role("ci")
        let secret = try method.secretID("ci", ["cidr_list": "127.0.0.0/8"]).secret
        #expect(method.login(id, secret).auth != nil)
        method.post("role/ci", ["secret_id_bound_cidrs": "127.0.1.0/24"])
        #expect(method.login(id, secret).error.contains("failed to verify subset"))
    }

    @Test("tokens are bound to the secret id's networks where it has some")
    func tokenBoundCIDRs() throws {
        let method = try AppRoleHarness()
        let id = try method.role("ci", ["token_bound_cidrs": "127.0.0.0/8"])
        let plain = try method.secretID().secret
        let narrow = try method.secretID("ci", ["token_bound_cidrs": "127.0.0.0/24"]).secret
        #expect(method.login(id, plain).auth?.boundCIDRs == ["127.0.0.0/8"])
        #expect(method.login(id, narrow).auth?.boundCIDRs == ["127.0.0.0/24"])
        method.harness.remoteAddress = "10.0.0.1"
        #expect(method.login(id, plain).failure?.code == .permissionDenied)
    }

    @Test("a login of known ids asks storage nothing, and of changed ones what they are now")
    func memory() throws {
        let method = try AppRoleHarness()
        let id = try method.role("ci", ["token_policies": "old"])
        let secret = try method.secretID().secret
        _ = method.login(id, secret)
        let before = method.harness.roundTrips
        #expect(method.login(id, secret).auth?.policies == ["old"])
        #expect(method.harness.roundTrips == before)
        method.post("role/ci", ["token_policies": "new"])
        #expect(method.login(id, secret).auth?.policies == ["new"])
        method.post("role/ci/secret-id/destroy", ["secret_id": .string(secret)])
        #expect(method.login(id, secret).error == Self.refused)
    }

    @Test("a secret id in memory expires there too")
    func expiryInMemory() throws {
        let method = try AppRoleHarness()
        let id = try method.role("ci", ["secret_id_ttl": 60])
        let secret = try method.secretID().secret
        #expect(method.login(id, secret).auth != nil)
        method.advance(seconds: 60)
        #expect(method.login(id, secret).error == Self.refused)
    }

    @Test("a token is renewed with what its role says by then, and not without the role")
    func renewal() throws {
        let method = try AppRoleHarness()
        let id = try method.role("ci", ["token_ttl": 60, "token_max_ttl": 600])
        let secret = try method.secretID().secret
        let kept = try #require(method.login(id, secret).auth?.internalData)
        method.post("role/ci", ["token_ttl": 30, "token_period": 20])
        let data: JSONValue = ["increment": 0, "policies": ["default"]]
        let renewed = try method.harness.call(.renew, "login", data, keeping: kept)
        #expect(renewed.auth?.ttlSeconds == 30 && renewed.auth?.periodSeconds == 20)
        method.call(.delete, "role/ci")
        #expect(throws: PluginError(.invalidRequest, "")) {
            try method.harness.call(.renew, "login", data, keeping: kept)
        }
    }

    @Test("storage holds no id in plain")
    func nothingInPlain() throws {
        let method = try AppRoleHarness()
        try method.role("ci", ["role_id": "the-role-id"])
        let made = method.post("role/ci/custom-secret-id", ["secret_id": "the-secret-id"])
        #expect(made["secret_id"] == "the-secret-id")
        for key in method.harness.storage.keys {
            let value = String(decoding: method.harness.storage[key] ?? [], as: UTF8.self)
            #expect(!(key + value).contains("the-secret-id"))
            #expect(!key.contains("the-role-id"))
        }
    }
}
