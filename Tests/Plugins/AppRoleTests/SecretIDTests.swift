import JSON
import Paths
import PluginSDK
import PluginTesting
import Testing

@testable import AppRole

@Suite struct SecretIDTests {
    @Test("a secret id is shown with its accessor, and looked up without the secret")
    func lookup() throws {
        let method = try AppRoleHarness()
        try method.role("ci", ["secret_id_ttl": 600, "secret_id_num_uses": 5])
        let made = method.post(
            "role/ci/secret-id",
            ["metadata": "a=1, b = two words", "cidr_list": ["10.0.0.0/8"], "ttl": "1m"])
        #expect(made["secret_id_ttl"] == 60 && made["secret_id_num_uses"] == 5)
        let accessor = try #require(made["secret_id_accessor"])
        let expected: JSONValue = [
            "secret_id_accessor": accessor, "secret_id_num_uses": 5, "secret_id_ttl": 60,
            "creation_time": "2023-11-14T22:13:20Z", "expiration_time": "2023-11-14T22:14:20Z",
            "last_updated_time": "2023-11-14T22:13:20Z", "metadata": ["a": "1", "b": "two words"],
            "cidr_list": ["10.0.0.0/8"], "token_bound_cidrs": [],
        ]
        #expect(
            method.post("role/ci/secret-id/lookup", ["secret_id": made["secret_id"]!]).json
                == expected)
        let byAccessor = method.post(
            "role/ci/secret-id-accessor/lookup", ["secret_id_accessor": accessor])
        #expect(byAccessor.json == expected)
        #expect(method.list("role/ci/secret-id") == [accessor.stringValue])
    }

    @Test("one that lives for ever has no time of its end, and the mount bounds the others")
    func lifetimes() throws {
        let method = try AppRoleHarness()
        try method.role()
        let endless = try method.secretID().accessor
        let seen = method.post(
            "role/ci/secret-id-accessor/lookup", ["secret_id_accessor": .string(endless)])
        #expect(seen["expiration_time"] == "0001-01-01T00:00:00Z")
        #expect(method.post("role/ci/secret-id", ["ttl": "20d"])["secret_id_ttl"] == 864_000)
    }

    @Test("a wish beyond what the role allows is refused")
    func bounds() throws {
        let method = try AppRoleHarness()
        try method.role(
            "ci",
            [
                "secret_id_ttl": 600, "secret_id_num_uses": 5,
                "secret_id_bound_cidrs": ["10.0.0.0/8"], "token_bound_cidrs": ["127.0.0.0/8"],
            ])
        for (data, text) in [
            (["num_uses": 6], "num_uses cannot be higher"), (["num_uses": 0], "num_uses cannot be"),
            (["num_uses": -1], "num_uses cannot be negative"),
            (["ttl": 601], "ttl cannot be longer"),
            (["ttl": 0], "ttl cannot be longer"),
            (["cidr_list": "11.0.0.0/8"], "failed to verify subset"),
            (["cidr_list": "0.0.0.0/0"], "failed to verify subset"),
            (["cidr_list": "10.0.0.1"], "failed to validate CIDR blocks"),
            (["token_bound_cidrs": "10.0.0.0/8"], "failed to verify subset"),
            (["token_bound_cidrs": "x/1"], "failed to validate token CIDR blocks"),
            (["metadata": "novalue"], "failed to parse metadata"),
            (["metadata": "{\"a\": 1}"], "failed to parse metadata"),
            (["metadata": [1]], "failed to parse"),
        ] as [(JSONValue, String)] {
            #expect(method.post("role/ci/secret-id", data).error.contains(text), "\(data)")
        }
        #expect(method.list("role/ci/secret-id").isEmpty)
        #expect(method.post("role/other/secret-id").error == "role \"other\" does not exist")
    }

    @Test("more metadata than a token takes is refused where it is given")
    func metadataBounds() throws {
        let method = try AppRoleHarness()
        let id = try method.role()
        let many = JSONObject((0..<64).map { ("k\($0)", "v") })
        #expect(method.post("role/ci/secret-id", ["metadata": .object(many)]).failure != nil)
        let long = JSONValue.string("a=" + String(repeating: "x", count: 1_025))
        #expect(method.post("role/ci/secret-id", ["metadata": long]).failure != nil)
        // The role's name is the role's, whatever the secret id says.
        let secret = try method.secretID("ci", ["metadata": ["role_name": "admin"]]).secret
        #expect(method.login(id, secret).auth?.metadata == [TextPair("role_name", "ci")])
    }

    @Test("a secret id of one's own choice is taken once, and anew after its end")
    func custom() throws {
        let method = try AppRoleHarness()
        let id = try method.role("ci", ["secret_id_ttl": 60])
        let own: JSONValue = ["secret_id": "mine/../x é"]
        let first = method.post("role/ci/custom-secret-id", own)
        #expect(first["secret_id"] == "mine/../x é")
        #expect(method.login(id, "mine/../x é").auth != nil)
        #expect(
            method.post("role/ci/custom-secret-id", own).error == "SecretID is already registered")
        #expect(method.post("role/ci/custom-secret-id").error == "missing secret_id")
        method.advance(seconds: 60)
        let second = method.post("role/ci/custom-secret-id", own)
        #expect(second.failure == nil)
        #expect(method.list("role/ci/secret-id") == [second["secret_id_accessor"]?.stringValue])
        // Another role may have the same one; they are two.
        let other = try method.role("other")
        #expect(method.login(other, "mine/../x é").failure != nil)
    }

    @Test("one role's paths neither show nor destroy another's secret ids")
    func boundToTheRole() throws {
        let method = try AppRoleHarness()
        let id = try method.role("mine")
        try method.role("theirs")
        let made = try method.secretID("mine")
        let secret: JSONValue = ["secret_id": .string(made.secret)]
        let accessor: JSONValue = ["secret_id_accessor": .string(made.accessor)]
        #expect(method.post("role/theirs/secret-id/lookup", secret).json == nil)
        #expect(method.post("role/theirs/secret-id/destroy", secret).failure == nil)
        for path in ["lookup", "destroy"] {
            let refused = method.post("role/theirs/secret-id-accessor/\(path)", accessor)
            #expect(refused.failure?.code == .notFound)
            #expect(refused.error.hasPrefix("failed to find accessor entry for secret_id_accessor"))
        }
        #expect(method.login(id, made.secret).auth != nil)
    }

    @Test("an accessor that is a path of storage finds nothing")
    func accessorPaths() throws {
        let method = try AppRoleHarness()
        try method.role()
        for accessor in ["../x", "a/b", "..", "x\u{0}", String(repeating: "a", count: 10_000)] {
            let reply = method.post(
                "role/ci/secret-id-accessor/lookup", ["secret_id_accessor": .string(accessor)])
            #expect(reply.failure?.code == .notFound && reply.error.utf8.count < 300)
        }
        #expect(
            method.post("role/ci/secret-id-accessor/lookup").error == "missing secret_id_accessor")
    }

    @Test("a secret id is destroyed by itself or by its accessor, for good", arguments: [0, 1])
    func destroy(way: Int) throws {
        let method = try AppRoleHarness()
        let id = try method.role()
        let made = try method.secretID()
        #expect(method.login(id, made.secret).auth != nil)
        let reply =
            way == 0
            ? method.post("role/ci/secret-id/destroy", ["secret_id": .string(made.secret)])
            : method.post(
                "role/ci/secret-id-accessor/destroy", ["secret_id_accessor": .string(made.accessor)]
            )
        #expect(reply.failure == nil)
        #expect(method.login(id, made.secret).error == "invalid role or secret ID")
        #expect(method.list("role/ci/secret-id").isEmpty)
    }

    @Test("tidying removes what has expired and what roles left, and nothing else")
    func tidy() throws {
        let method = try AppRoleHarness()
        let id = try method.role("ci")
        var kept: [String] = []
        for number in 0..<250 {
            let made = try method.secretID("ci", number % 5 == 0 ? [:] : ["ttl": 60])
            if number % 5 == 0 { kept.append(made.secret) }
        }
        try method.role("gone")
        let orphan = try method.secretID("gone")
        // As a server leaves it that ended in the middle of the deletion.
        let folder = try #require(
            method.harness.storage.keys.first { key in
                key.hasPrefix("accessor/") && key.hasSuffix(orphan.accessor)
            }?.split(separator: "/")[1])
        method.harness.storage["owner/\(folder)"] = nil
        method.advance(seconds: 61)
        let reply = method.post("tidy/secret-id")
        #expect(reply.answer?.status == 202)
        #expect(reply.answer?.warnings.first?.hasPrefix("Tidy operation finished: 201 ") == true)
        #expect(method.list("role/ci/secret-id").count == 50)
        #expect(!method.harness.storage.keys.contains { $0.contains(folder) })
        for secret in kept { #expect(method.login(id, secret).auth != nil) }
    }

    @Test(
        "expired secret ids go by themselves, and the next time is asked for while there are some")
    func waking() throws {
        let method = try AppRoleHarness()
        let id = try method.role()
        #expect(method.post("role/ci/secret-id").answer?.wakeSeconds == 0)
        #expect(method.post("role/ci/secret-id", ["ttl": 60]).answer?.wakeSeconds == 3_660)
        let longer = try method.secretID("ci", ["ttl": 5_000]).secret
        method.advance(seconds: 3_660)
        let first = try method.harness.call(.wake, "")
        #expect(first.wakeSeconds == 1_340 + 3_600)
        #expect(method.list("role/ci/secret-id").count == 2)
        #expect(method.login(id, longer).auth != nil)
        method.advance(seconds: 1_340)
        #expect(try method.harness.call(.wake, "").wakeSeconds == 0)
        #expect(method.list("role/ci/secret-id").count == 1)
    }
}
