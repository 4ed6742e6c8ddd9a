// Wrong configurations: everything that is wrong is said, with file, line and column.

import Testing

@testable import Daemon

@Suite("Problems in a configuration")
struct ConfigurationProblemTests {
    @Test(
        "a wrong type or an impossible value is an error with its place",
        arguments: [
            ("ui = []", "3:6: ui must be true or false"),
            ("ui = \"yes\"", "3:6: ui must be true or false"),
            ("ui = 2", "3:6: ui must be true or false"),
            ("ui {}", "3:1: ui must be true or false, not a block"),
            ("cluster_name = \"\"", "3:16: cluster_name must be a string that is not empty"),
            (
                "default_lease_ttl = \"soon\"",
                "3:21: default_lease_ttl must be a duration, such as 90, \"90s\" or \"768h\""
            ),
            (
                "default_lease_ttl = -1",
                "3:21: default_lease_ttl must be a duration, such as 90, \"90s\" or \"768h\""
            ),
            (
                "default_lease_ttl = \"2h\"\nmax_lease_ttl = \"1h\"",
                "3:21: default_lease_ttl is larger than max_lease_ttl (3600 seconds)"
            ),
            (
                "default_lease_ttl = \"800h\"",
                "3:21: default_lease_ttl is larger than max_lease_ttl (2764800 seconds)"
            ),
            (
                "default_lease_ttl = \"500ms\"",
                "3:21: default_lease_ttl must be at least 1s, or 0 for the default"
            ),
            (
                "plugin_idle_timeout = \"1ns\"",
                "3:23: plugin_idle_timeout must be at least 1s, or 0 for the default"
            ),
            (
                "listener \"tcp\" { tls_disable = true http_read_timeout = \"1ms\" }",
                "3:57: http_read_timeout in listener \"tcp\" must be at least 1s, or 0 for the default"
            ),
            (
                "user_lockout \"all\" { lockout_duration = \"10us\" }",
                "3:41: lockout_duration in user_lockout \"all\" must be at least 1s, or 0 for the default"
            ),
            (
                "max_plugin_processes = \"many\"",
                "3:24: max_plugin_processes must be a whole number from 1 to 1000000"
            ),
            (
                "log_level = \"loud\"",
                "3:13: log_level must be one of \"trace\", \"debug\", \"info\", \"warn\", \"error\""
            ),
            ("policy_glob = \"regex\"", "3:15: policy_glob must be one of \"prefix\", \"segment\""),
            (
                "api_addr = \"127.0.0.1:8200\"",
                "3:12: api_addr must be a full URL, such as \"https://10.0.0.1:8200\""
            ),
            (
                "plugin_file_permissions = \"999\"",
                "3:27: plugin_file_permissions must be octal permissions, such as \"0600\""
            ),
            (
                "plugin_file_uid = -1",
                "3:19: plugin_file_uid must be a whole number from 0 to 4294967294"
            ),
            (
                "max_plugin_processes = 0",
                "3:24: max_plugin_processes must be a whole number from 1 to 1000000"
            ),
            (
                "seal \"awskms\" {}",
                "3:6: seal \"awskms\" is not available yet; there is \"shamir\""
            ),
            ("seal \"wax\" {}", "3:6: unknown seal; there is \"shamir\""),
            ("ha_storage \"raft\" {}", "3:1: ha_storage is not available yet"),
            ("storage \"lmdb\" { path = \"x\" }", "3:1: storage is configured twice"),
            (
                "telemetry { prefix_filter = [\"x\"] }",
                "3:29: prefix_filter in telemetry takes prefixes that begin with \"+\" or \"-\""
            ),
            ("telemetry {} telemetry {}", "3:14: telemetry is configured twice"),
            ("telemetry \"x\" {}", "3:11: telemetry takes no label"),
            ("listener \"quic\" {}", "3:10: unknown listener; there are \"tcp\" and \"unix\""),
            ("listener \"unix\" {}", "3:1: address is missing in listener \"unix\""),
            (
                "listener \"unix\" { address = \"/s\" socket_mode = \"rw\" }",
                "3:48: socket_mode in listener \"unix\" must be octal permissions, such as \"0600\""
            ),
            (
                "listener \"unix\" { address = \"/\(String(repeating: "x", count: 107))\" }",
                "3:29: address in listener \"unix\" is longer than 107 bytes"
            ),
            (
                "listener \"tcp\" { tls_disable = true address = \"8200\" }",
                "3:47: address in listener \"tcp\" must be a host and a port, such as \"127.0.0.1:8200\""
            ),
            (
                "listener \"tcp\" { tls_disable = true max_request_size = 33554433 }",
                "3:56: max_request_size in listener \"tcp\" must be a size from 0 to 33554432 bytes, such as 1048576 or \"1MiB\""
            ),
            ("ui = ", "3:6: expected a value, found the end of the text"),
            ("ui = true\nui = false", "4:1: this name is already set in the same block"),
        ])
    func errors(_ line: String, _ expected: String) {
        #expect(problems(minimalConfiguration + line) == ["coffer.hcl:" + expected])
    }

    @Test(
        "TLS that cannot work is an error",
        arguments: [
            (
                "",
                [
                    "1:20: tls_cert_file is missing in listener \"tcp\"; set it, or tls_disable = true to serve without TLS",
                    "1:20: tls_key_file is missing in listener \"tcp\"; set it, or tls_disable = true to serve without TLS",
                ]
            ),
            (
                "tls_cert_file = \"c\" tls_key_file = \"k\" tls_min_version = \"tls11\"",
                [
                    "1:94: tls_min_version: TLS 1.0 and 1.1 are not offered; the lowest version is \"tls12\""
                ]
            ),
            (
                "tls_cert_file = \"c\" tls_key_file = \"k\" tls_max_version = \"ssl3\"",
                ["1:94: tls_max_version must be \"tls12\" or \"tls13\""]
            ),
            (
                "tls_cert_file = \"c\" tls_key_file = \"k\" tls_min_version = \"tls13\" tls_max_version = \"tls12\"",
                ["1:120: tls_max_version is lower than tls_min_version in listener \"tcp\""]
            ),
            (
                "tls_cert_file = \"c\" tls_key_file = \"k\" tls_require_and_verify_client_cert = 1 tls_disable_client_certs = 1",
                [
                    "1:113: tls_require_and_verify_client_cert and tls_disable_client_certs exclude each other"
                ]
            ),
        ])
    func tls(_ keys: String, _ expected: [String]) {
        let text = "storage \"inmem\" {} listener \"tcp\" { \(keys) }"
        #expect(problems(text) == expected.map { "coffer.hcl:" + $0 })
    }

    @Test(
        "storage that cannot work is an error",
        arguments: [
            (
                "storage \"raft\" { path = \"x\" }",
                "1:9: storage \"raft\" is not available yet; there are \"lmdb\" and \"inmem\""
            ),
            ("storage \"floppy\" {}", "1:9: unknown storage; there are \"lmdb\" and \"inmem\""),
            ("storage \"lmdb\" {}", "1:1: path is missing in storage \"lmdb\""),
            (
                "storage \"lmdb\" { path = 5 }",
                "1:25: path in storage \"lmdb\" must be a string that is not empty"
            ),
            (
                "storage \"lmdb\" { path = \"x\" map_size_bytes = \"1KB\" }",
                "1:46: map_size_bytes in storage \"lmdb\" must be a size from 1048576 to 70368744177664 bytes, such as 1048576 or \"1MiB\""
            ),
            ("storage = 5", "1:11: storage must be a block, not a number"),
        ])
    func storage(_ storage: String, _ expected: String) {
        #expect(
            problems(storage + "\nlistener \"tcp\" { tls_disable = 1 }") == [
                "coffer.hcl:" + expected
            ])
    }

    @Test("every problem of every file is reported at once")
    func severalProblems() {
        let error = #expect(throws: ConfigurationError.self) {
            try ServerConfiguration.parse(
                [
                    ConfigurationText(name: "a.hcl", text: "ui = 5\nlog_format = \"xml\""),
                    ConfigurationText(name: "b.json", text: #"{"disable_cache": "maybe"}"#),
                ], environment: ["COFFER_LOG_LEVEL": "loud"])
        }
        #expect(
            error?.description == """
                a.hcl:1:6: ui must be true or false
                a.hcl:2:14: log_format must be one of "standard", "json"
                b.json:1:19: disable_cache must be true or false
                b.json: no storage is configured; a server needs a storage block
                b.json: no listener is configured; a server needs a listener block
                environment variable COFFER_LOG_LEVEL: must be one of "trace", "debug", "info", "warn", "error"
                """)
    }

    @Test("unknown keys, keys without effect and old words are warnings with their place")
    func warnings() throws {
        let configuration = try configuration(
            """
            backend "file" {
              path = "x"
              max_parallel = 4
              pat = "y"
            }
            cache_size = 5
            listner "tcp" {}
            listener "tcp" {
              tls_disable = "true"
              tls_cipher_suites = "x"
              adress = "y"
            }
            telemetry { statsd_address = "x" }
            """ + "\nlistener \"unix\" { address = \"/s\" }")
        #expect(configuration.storage == .lmdb(path: "x", mapBytes: nil))
        let expected = [
            "coffer.hcl:1:1: backend is the old word for storage",
            "coffer.hcl:1:9: storage \"file\" is another name for storage \"lmdb\" here",
            "coffer.hcl:3:3: max_parallel in storage \"file\" is not supported and has no effect",
            "coffer.hcl:4:3: unknown or unsupported field \"pat\" in storage \"file\"",
            "coffer.hcl:6:1: cache_size is not supported and has no effect",
            "coffer.hcl:7:1: unknown or unsupported field \"listner\"",
            "coffer.hcl:10:3: tls_cipher_suites in listener \"tcp\" is not supported and has no effect",
            "coffer.hcl:11:3: unknown or unsupported field \"adress\" in listener \"tcp\"",
            "coffer.hcl:13:13: statsd_address in telemetry is not supported and has no effect",
        ]
        #expect(configuration.warnings.map(\.description) == expected)
    }

    @Test("a problem never shows a value")
    func noValues() {
        let secret = "hunter2-S3CR3T"
        let text = """
            ui = "\(secret)"
            api_addr = "\(secret)"
            log_level = "\(secret)"
            storage "\(secret)" { password = "\(secret)" }
            listener "tcp" { address = "\(secret)" tls_min_version = "\(secret)" }
            seal "transit" { token = "\(secret)" }
            telemetry { prefix_filter = ["\(secret)"] }
            """
        let found = problems(text, environment: ["VAULT_UI": secret])
        #expect(found.count >= 8)
        #expect(!found.contains { $0.contains("hunter2") })
    }
}
