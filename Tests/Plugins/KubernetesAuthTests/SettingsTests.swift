import JSON
import Paths
import PluginSDK
import PluginTesting
import Testing

@testable import KubernetesAuth

@Suite struct SettingsTests {
    @Test("what is configured is shown, but for the reviewer's token")
    func config() throws {
        let harness = try KubernetesHarness(config: ["disable_local_ca_jwt": true])
        let shown = try harness.engine.call(.read, "config").json
        #expect(shown["kubernetes_host"] == "https://10.0.0.1:6443")
        #expect(shown["token_reviewer_jwt_set"] == true)
        #expect(shown["disable_local_ca_jwt"] == true)
        #expect(shown["disable_iss_validation"] == true)
        #expect(shown["pem_keys"] == [])
        #expect(!shown.encodedString().contains("reviewer\""))
        // All of it is written at once.
        try harness.engine.call(.update, "config", ["kubernetes_host": "a"])
        let next = try harness.engine.call(.read, "config").json
        #expect(next["token_reviewer_jwt_set"] == false)
        #expect(next["disable_local_ca_jwt"] == false)
    }

    @Test(
        "an API server's address is a host, a host and a port, or a URL",
        arguments: [
            ("10.0.0.1", "https://10.0.0.1"), ("host:6443", "https://host:6443"),
            ("https://host/", "https://host"),
            ("HTTPS://host:1/k8s/c-1/", "https://host:1/k8s/c-1"),
            ("http://[::1]:80", "http://[::1]:80"),
        ])
    func addresses(_ text: String, _ url: String) throws {
        #expect(try APIServerAddress(text).url == url)
    }

    @Test(
        "and nothing else",
        arguments: [
            "", "https://", "file:///etc/passwd", "ftp://host", "https://user:pw@host",
            "https://host?x", "https://host#x", "host name", "host\r\nX: y", "https:///x", ":1",
            "hö", "a@b", "https://a\\@b",
        ])
    func badAddresses(_ text: String) {
        #expect(throws: PluginError.self) { try APIServerAddress(text) }
    }

    @Test("certificates and keys that are none are refused when they are configured")
    func badConfig() throws {
        let harness = try KubernetesHarness()
        for wrong: JSONObject in [
            ["kubernetes_ca_cert": "x"], ["pem_keys": ["x"]], ["token_reviewer_jwt": "a\r\nb"],
            [
                "kubernetes_ca_cert":
                    "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
            ],
            ["kubernetes_host": ""],
        ] {
            var body: JSONObject = ["kubernetes_host": "a"]
            for (key, value) in wrong.members { body[key] = value }
            #expect(throws: PluginError(.invalidRequest, "")) {
                try harness.engine.call(.update, "config", .object(body))
            }
        }
        let key = try Token.publicKeyPEM()
        try harness.engine.call(
            .update, "config", ["kubernetes_host": "a", "pem_keys": [.string(key)]])
        let plain = try harness.engine.call(.update, "config", ["kubernetes_host": "http://a"])
        #expect(plain.warnings.count == 1)
    }

    @Test("a role keeps what is not said, shows all, and is found in any case")
    func roles() throws {
        let harness = try KubernetesHarness(role: ["audience": "coffer"])
        try harness.engine.call(.update, "role/APP", ["token_max_ttl": "2h"])
        let shown = try harness.engine.call(.read, "role/App").json
        #expect(shown["bound_service_account_names"] == ["web"])
        #expect(shown["bound_service_account_namespaces"] == ["shop"])
        #expect(shown["token_policies"] == ["app"])
        #expect(shown["policies"] == ["app"])
        #expect(shown["token_ttl"] == 3_600)
        #expect(shown["token_max_ttl"] == 7_200)
        #expect(shown["alias_name_source"] == "serviceaccount_uid")
        #expect(shown["audience"] == "coffer")
        #expect(try harness.engine.call(.list, "role").json["keys"] == ["app"])
        try harness.engine.call(.delete, "role/app")
        #expect(try harness.engine.call(.read, "role/app").data.isEmpty)
        #expect(try harness.engine.call(.list, "role").data.isEmpty)
    }

    @Test("a role that admits nobody, or everybody beside somebody, is refused")
    func badRoles() throws {
        let harness = try KubernetesHarness()
        let good: JSONObject = [
            "bound_service_account_names": "a", "bound_service_account_namespaces": "b",
        ]
        for wrong: JSONObject in [
            ["bound_service_account_names": ""], ["bound_service_account_namespaces": ""],
            ["bound_service_account_names": "a,*"], ["bound_service_account_namespaces": "*,b"],
            ["alias_name_source": "other"], ["token_type": "other"],
            ["ttl": "2h", "max_ttl": "1h"],
            ["bound_service_account_namespace_selector": "{}"], ["token_bound_cidrs": "x"],
            ["token_num_uses": -1],
        ] {
            var body = good
            for (key, value) in wrong.members { body[key] = value }
            #expect(throws: PluginError(.invalidRequest, "")) {
                try harness.engine.call(.create, "role/new", .object(body))
            }
        }
        #expect(try harness.engine.call(.read, "role/new").data.isEmpty)
        #expect(
            try harness.engine.call(.create, "role/new", .object(good)).warnings.count == 1)
    }

    @Test("a record that is cut off is damage, and no role")
    func records() throws {
        var role = Role()
        role.boundNames = ["a"]
        role.audience = "b"
        let record = role.record
        for count in 0..<record.count {
            #expect(throws: PluginError.self) { try Role(record: Array(record.prefix(count))) }
        }
        #expect(throws: PluginError.self) { try KubernetesConfig(record: [1, 0x5B, 0x5D]) }
    }
}
