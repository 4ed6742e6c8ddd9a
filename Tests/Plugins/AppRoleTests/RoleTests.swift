import JSON
import Paths
import PluginSDK
import PluginTesting
import Testing

@testable import AppRole

@Suite struct RoleTests {
    @Test("a role reads as Vault shows it")
    func defaults() throws {
        let method = try AppRoleHarness()
        try method.role()
        #expect(
            method.get("role/ci").json == [
                "bind_secret_id": true, "secret_id_bound_cidrs": nil, "secret_id_num_uses": 0,
                "secret_id_ttl": 0, "local_secret_ids": false, "token_ttl": 0, "token_max_ttl": 0,
                "token_policies": [], "token_bound_cidrs": [], "token_explicit_max_ttl": 0,
                "token_no_default_policy": false, "token_num_uses": 0, "token_period": 0,
                "token_type": "default",
            ])
    }

    @Test("a role keeps what it was given, and changes only what is named")
    func update() throws {
        let method = try AppRoleHarness()
        try method.role(
            "ci",
            [
                "secret_id_ttl": "10m", "secret_id_num_uses": 40, "policies": "dev",
                "secret_id_bound_cidrs": "10.0.0.0/8,127.0.0.1/32", "local_secret_ids": true,
            ])
        #expect(method.call(.update, "role/ci", ["token_ttl": 60]).failure == nil)
        let role = method.get("role/ci")
        #expect(role["secret_id_ttl"] == 600 && role["secret_id_num_uses"] == 40)
        #expect(role["token_policies"] == ["dev"] && role["policies"] == ["dev"])
        #expect(role["secret_id_bound_cidrs"] == ["10.0.0.0/8", "127.0.0.1/32"])
        #expect(role["local_secret_ids"] == true && role["token_ttl"] == 60)
        let refused = method.call(.update, "role/ci", ["local_secret_ids": false])
        #expect(refused.error == "local_secret_ids can only be modified during role creation")
    }

    @Test("names that differ in case only are one role, and list in lower case")
    func names() throws {
        let method = try AppRoleHarness()
        let id = try method.role("Ci-1.x")
        #expect(method.get("role/cI-1.X/role-id")["role_id"] == .string(id))
        #expect(method.list("role/") == ["ci-1.x"])
        // What may make roles may not so change one.
        #expect(method.call(.create, "role/CI-1.x").failure?.code == .unavailable)
        for name in ["-a", "a b", "a.", "ä", String(repeating: "a", count: 513)] {
            #expect(method.call(.create, "role/\(name)").failure?.code == .invalidRequest)
        }
    }

    @Test("a role's id is one role's only, and the one before is no id any more")
    func roleIDs() throws {
        let method = try AppRoleHarness()
        let old = try method.role("a")
        try method.role("b", ["role_id": "beta", "bind_secret_id": true])
        #expect(
            method.post("role/a/role-id", ["role_id": "beta"]).error == "role_id already in use")
        #expect(method.post("role/a", ["role_id": "beta"]).error == "role_id already in use")
        #expect(method.post("role/a/role-id", ["role_id": "alpha"]).failure == nil)
        let secret = try method.secretID("a").secret
        #expect(method.login("alpha", secret).auth != nil)
        #expect(method.login(old, secret).error == "invalid role or secret ID")
        method.call(.delete, "role/b")
        #expect(method.post("role/a/role-id", ["role_id": "beta"]).failure == nil)
        #expect(method.login("beta", secret).auth != nil)
        let long = JSONValue.string(String(repeating: "x", count: 4_097))
        #expect(method.post("role/a/role-id", ["role_id": long]).failure?.code == .invalidRequest)
    }

    @Test("a role that asks for nothing is refused")
    func constraint() throws {
        let method = try AppRoleHarness()
        let text = "at least one constraint should be enabled on the role"
        #expect(method.call(.create, "role/x", ["bind_secret_id": false]).error == text)
        try method.role()
        #expect(method.post("role/ci/bind-secret-id", ["bind_secret_id": false]).error == text)
        let bound: JSONValue = ["bind_secret_id": false, "token_bound_cidrs": "127.0.0.0/8"]
        #expect(method.post("role/ci", bound).failure == nil)
        #expect(method.call(.delete, "role/ci/token-bound-cidrs").error == text)
        #expect(method.call(.delete, "role/ci/bind-secret-id").failure == nil)
        #expect(method.get("role/ci/bind-secret-id").json == ["bind_secret_id": true])
    }

    @Test(
        "a setting is read, changed and put back alone",
        arguments: [
            ("policies", "token_policies", ["a", "b"], []), ("period", "token_period", 60, 0),
            ("token-ttl", "token_ttl", 60, 0), ("token-max-ttl", "token_max_ttl", 60, 0),
            ("token-num-uses", "token_num_uses", 3, 0),
            ("token-bound-cidrs", "token_bound_cidrs", ["127.0.0.0/8"], []),
            ("secret-id-num-uses", "secret_id_num_uses", 3, 0),
            ("secret-id-ttl", "secret_id_ttl", 60, 0),
            ("secret-id-bound-cidrs", "secret_id_bound_cidrs", ["127.0.0.0/8"], nil),
            ("bound-cidr-list", "bound_cidr_list", ["127.0.0.0/8"], nil),
        ] as [(String, String, JSONValue, JSONValue)])
    func settings(path: String, name: String, value: JSONValue, fresh: JSONValue) throws {
        let method = try AppRoleHarness()
        let path = "role/ci/\(path)"
        #expect(method.get(path).json == nil)
        #expect(method.post(path, [name: value]).failure?.code == .notFound)
        try method.role("ci", ["role_id": "r"])
        #expect(method.get(path).json == [name: fresh])
        #expect(method.post(path, [name: value]).failure == nil)
        #expect(method.get(path).json == [name: value])
        #expect(method.post(path, ["other": 1]).error == "missing \(name)")
        #expect(method.call(.delete, path).failure == nil)
        #expect(method.get(path).json == [name: fresh])
        #expect(method.get("role/ci/role-id")["role_id"] == "r")
    }

    @Test("settings of one role are checked together, by whatever path they come")
    func together() throws {
        let method = try AppRoleHarness()
        try method.role("ci", ["token_max_ttl": 60])
        #expect(method.post("role/ci/token-ttl", ["token_ttl": 61]).failure != nil)
        #expect(method.post("role/ci/period", ["period": 864_001]).error.contains("maximum lease"))
        #expect(method.post("role/ci/period", ["token_period": 864_001]).failure == nil)
        let warned = method.post("role/ci", ["token_max_ttl": 864_001])
        #expect(warned.answer?.warnings.first?.contains("will be truncated") == true)
        for bad in [["secret_id_bound_cidrs": "10.0.0.1"], ["bound_cidr_list": "x/8"]]
            as [JSONValue]
        {
            #expect(method.post("role/ci", bad).error == "failed to validate CIDR blocks")
        }
        #expect(method.post("role/ci", ["secret_id_num_uses": -1]).failure != nil)
    }

    @Test("a default kind of token is taken for the kind, with a warning, as Vault does")
    func defaultTypes() throws {
        let method = try AppRoleHarness()
        let made = method.call(.create, "role/ci", ["token_type": "default-batch"])
        #expect(
            made.answer?.warnings == [
                "default-batch has no useful meaning; adjusting to batch"
            ])
        #expect(method.get("role/ci")["token_type"] == "batch")
        #expect(method.post("role/ci", ["token_type": "default-service"]).failure == nil)
        #expect(method.get("role/ci")["token_type"] == "service")
    }

    @Test("with a role its secret ids are gone, and another role of its name does not have them")
    func deletion() throws {
        let method = try AppRoleHarness()
        try method.role("ci", ["role_id": "r"])
        var last = ""
        for _ in 0..<250 { last = try method.secretID().secret }
        #expect(method.login("r", last).auth != nil)
        #expect(method.call(.delete, "role/ci").failure == nil)
        #expect(method.harness.storage.keys == ["key"])
        #expect(method.login("r", last).error == "invalid role or secret ID")
        try method.role("ci", ["role_id": "r"])
        #expect(method.login("r", last).error == "invalid role or secret ID")
        #expect(method.list("role/ci/secret-id").isEmpty)
    }

    @Test("a role that was changed while it was looked at is looked at again")
    func conflict() throws {
        let method = try AppRoleHarness()
        try method.role("ci", ["token_ttl": 1])
        let other = try AppRoleHarness(storage: method.harness.storage)
        method.harness.storage.beforeNextCommit { _ in
            other.post("role/ci", ["token_policies": "other"])
        }
        #expect(method.post("role/ci", ["token_ttl": 2]).failure == nil)
        let role = method.get("role/ci")
        #expect(role["token_policies"] == ["other"] && role["token_ttl"] == 2)
    }
}
