// What a configuration means, in HCL, JSON, several files and the environment.

import Testing

@testable import Daemon

@Suite("Server configuration")
struct ServerConfigurationTests {
    private static let full = """
        ui            = true
        api_addr      = "https://coffer.example.com:8200"
        cluster_addr  = "https://10.0.0.1:8201"
        cluster_name  = "main"
        default_lease_ttl = "1h"
        max_lease_ttl = 86400
        default_max_request_duration = "30s"
        log_level = "WARN"
        log_format = "json"
        log_file = "/var/log/coffer.log"
        pid_file = "/run/coffer.pid"
        disable_mlock = "true"
        disable_cache = 1
        raw_storage_endpoint = true
        enable_response_header_hostname = "1"
        plugin_directory = "/opt/coffer/plugins"
        plugin_file_uid = 998
        plugin_file_permissions = "0750"
        plugin_idle_timeout = "30s"
        max_plugin_processes = 40
        policy_glob = "segment"

        storage "lmdb" {
          path = "/var/lib/coffer"
          map_size_bytes = "10GiB"
          map_resident_bytes = "256MiB"
        }
        listener "tcp" {
          address       = "[::]:8200"
          cluster_address = "10.0.0.1:8201"
          tls_cert_file = "/etc/coffer/cert.pem"
          tls_key_file  = "/etc/coffer/key.pem"
          tls_min_version = "tls13"
          tls_client_ca_file = "/etc/coffer/ca.pem"
          tls_require_and_verify_client_cert = "true"
          max_request_size = 1048576
          max_request_duration = "45s"
          http_idle_timeout = "1m"
          telemetry { unauthenticated_metrics_access = true }
        }
        listener "unix" {
          address = "/run/coffer.sock"
          socket_mode = "660"
          socket_user = "coffer"
          socket_group = 1000
        }
        seal "shamir" {}
        telemetry {
          prometheus_retention_time = "30s"
          disable_hostname = true
          usage_gauge_period = "none"
          prefix_filter = ["+vault.token", "-vault.expire"]
        }
        """

    @Test("strangers may rekey and generate a root token only where a listener says so, each alone")
    func openings() throws {
        func openings(_ body: String) throws -> ListenerOpenings {
            let listener = "listener \"tcp\" {\ntls_disable = true\n\(body)\n}"
            return try configuration("storage \"inmem\" {}\n\(listener)")
                .listeners[0].openings
        }
        #expect(try openings("") == ListenerOpenings())
        #expect(try openings("disable_unauthed_rekey_endpoints = true") == ListenerOpenings())
        let rekey = try openings("disable_unauthed_rekey_endpoints = false")
        #expect(rekey.allowsUnauthenticatedRekey && !rekey.allowsUnauthenticatedRootGeneration)
        let root = try openings("disable_unauthed_generate_root_endpoints = \"false\"")
        #expect(!root.allowsUnauthenticatedRekey && root.allowsUnauthenticatedRootGeneration)
    }

    @Test("every key that the server knows is read")
    func fullFile() throws {
        let text = Self.full.replacing("socket_group = 1000", with: "socket_group = \"1000\"")
        let configuration = try configuration(text)
        #expect(configuration.warnings.isEmpty)
        #expect(
            configuration.storage
                == .lmdb(
                    path: "/var/lib/coffer", mapBytes: 10 << 30, residentBytes: 256 << 20))
        #expect(configuration.apiAddress == "https://coffer.example.com:8200")
        #expect(configuration.clusterAddress == "https://10.0.0.1:8201")
        #expect(configuration.clusterName == "main")
        #expect(configuration.defaultLeaseTTLSeconds == 3600)
        #expect(configuration.maxLeaseTTLSeconds == 86_400)
        #expect(configuration.defaultMaxRequestDuration == .seconds(30))
        #expect(
            configuration.log
                == LogConfiguration(level: .warn, format: .json, file: "/var/log/coffer.log"))
        #expect(
            configuration.plugins
                == PluginConfiguration(
                    directory: "/opt/coffer/plugins", fileUserID: 998, filePermissions: 0o750,
                    idleTimeout: .seconds(30), maxProcesses: 40))
        #expect(configuration.policyGlob == .segment)
        #expect(configuration.pidFile == "/run/coffer.pid")
        #expect(
            configuration.isUIEnabled && configuration.isMlockDisabled
                && configuration.isCacheDisabled)
        #expect(configuration.isRawStorageEndpointEnabled && configuration.addsHostnameHeader)
        #expect(configuration.telemetry.prometheusRetention == .seconds(30))
        #expect(configuration.telemetry.omitsHostname)
        #expect(configuration.telemetry.usageGaugePeriod == nil)
        #expect(configuration.telemetry.prefixFilters == ["+vault.token", "-vault.expire"])
    }

    @Test("listeners come in their order with everything that was said of them")
    func listeners() throws {
        let text = Self.full.replacing("socket_group = 1000", with: "socket_group = \"1000\"")
        let listeners = try configuration(text).listeners
        guard listeners.count == 2, case .tcp(let tcp) = listeners[0],
            case .unix(let unix) = listeners[1]
        else {
            Issue.record("a TCP and a Unix listener expected")
            return
        }
        #expect(tcp.address == ListenAddress(host: "::", port: 8200))
        #expect(tcp.clusterAddress?.description == "10.0.0.1:8201")
        var tls = TLSConfiguration(
            certificateFile: "/etc/coffer/cert.pem", keyFile: "/etc/coffer/key.pem")
        tls.minVersion = .tls13
        tls.clientCAFile = "/etc/coffer/ca.pem"
        tls.clientCertificates = .required
        #expect(tcp.tls == tls)
        #expect(tcp.limits.maxRequestBytes == 1 << 20)
        #expect(tcp.limits.maxRequestDuration == .seconds(45))
        #expect(tcp.limits.idleTimeout == .seconds(60))
        #expect(tcp.allowsUnauthenticatedMetrics)
        #expect(unix.path == "/run/coffer.sock")
        #expect(unix.mode == 0o660)
        #expect(unix.user == "coffer")
        #expect(unix.group == "1000")
    }

    @Test("JSON of the same shape means the same")
    func json() throws {
        let json = """
            {
              "ui": true,
              "api_addr": "https://127.0.0.1:8200",
              "storage": {"lmdb": {"path": "data"}},
              "listener": [
                {"tcp": {"address": "127.0.0.1:8200", "tls_disable": 1}},
                {"unix": {"address": "/run/c.sock"}}
              ],
              "telemetry": {"disable_hostname": true}
            }
            """
        let hcl = """
            ui = true
            api_addr = "https://127.0.0.1:8200"
            storage "lmdb" { path = "data" }
            listener "tcp" {
                address = "127.0.0.1:8200"
                tls_disable = 1
            }
            listener "unix" { address = "/run/c.sock" }
            telemetry { disable_hostname = true }
            """
        #expect(try configuration(json) == configuration(hcl))
        #expect(try configuration(json).listeners.count == 2)
    }

    @Test("what is not said has Vault's defaults")
    func defaults() throws {
        let configuration = try configuration(minimalConfiguration)
        #expect(configuration.defaultLeaseTTLSeconds == 768 * 3600)
        #expect(configuration.maxLeaseTTLSeconds == 768 * 3600)
        #expect(configuration.defaultMaxRequestDuration == .seconds(90))
        #expect(configuration.policyGlob == .prefix)
        #expect(configuration.log == LogConfiguration())
        guard case .tcp(let listener) = configuration.listeners.first else {
            Issue.record("a TCP listener expected")
            return
        }
        #expect(listener.address.description == "127.0.0.1:8200")
        #expect(listener.tls == nil)
        #expect(listener.limits.maxRequestBytes == 32 << 20)
    }

    @Test(
        "client certificates are asked for unless the file says otherwise",
        arguments: [
            ("", TLSConfiguration.ClientCertificates.requested),
            ("tls_disable_client_certs = true", .ignored),
            ("tls_require_and_verify_client_cert = true", .required),
        ])
    func clientCertificates(_ line: String, _ expected: TLSConfiguration.ClientCertificates) throws
    {
        let text =
            "storage \"inmem\" {} listener \"tcp\" { tls_cert_file = \"c\" tls_key_file = \"k\" \(line) }"
        guard case .tcp(let listener) = try configuration(text).listeners.first else {
            Issue.record("a TCP listener expected")
            return
        }
        #expect(listener.tls?.clientCertificates == expected)
    }

    @Test("a lower maximum lowers the default that nobody set")
    func loweredDefault() throws {
        let configuration = try configuration(minimalConfiguration + "max_lease_ttl = \"1h\"")
        #expect(configuration.defaultLeaseTTLSeconds == 3600)
    }

    @Test("several files are one configuration: the last value counts and listeners add up")
    func merging() throws {
        let configuration = try ServerConfiguration.parse(
            [
                ConfigurationText(
                    name: "a.hcl", text: minimalConfiguration + "log_level = \"debug\"\nui = true"),
                ConfigurationText(
                    name: "b.json",
                    text:
                        #"{"log_level": "error", "storage": {"lmdb": {"path": "x"}}, "listener": {"unix": {"address": "/s"}}}"#
                ),
            ], environment: [:])
        #expect(configuration.log.level == .error)
        #expect(configuration.isUIEnabled)
        #expect(configuration.storage == .lmdb(path: "x", mapBytes: nil))
        #expect(configuration.listeners.count == 2)
    }

    @Test("the environment overrides the files, COFFER_ before VAULT_")
    func environment() throws {
        let text = minimalConfiguration + "api_addr = \"https://file:1\"\nlog_level = \"error\""
        let vault = [
            "VAULT_API_ADDR": "https://vault:1", "VAULT_LOG_LEVEL": "Debug",
            "VAULT_CLUSTER_ADDR": "",
        ]
        var configuration = try configuration(text, environment: vault)
        #expect(configuration.apiAddress == "https://vault:1")
        #expect(configuration.log.level == .debug)
        #expect(configuration.clusterAddress == nil)
        let both = vault.merging(["COFFER_API_ADDR": "https://coffer:1", "COFFER_UI": "true"]) {
            $1
        }
        configuration = try Self.parse(text, both)
        #expect(configuration.apiAddress == "https://coffer:1")
        #expect(configuration.isUIEnabled)
    }

    private static func parse(_ text: String, _ environment: [String: String]) throws
        -> ServerConfiguration
    {
        try configuration(text, environment: environment)
    }

    @Test("development mode needs neither storage nor listener")
    func development() throws {
        let configuration = try ServerConfiguration.parse(
            [ConfigurationText(name: "x", text: "ui = true")], environment: [:], mode: .development)
        #expect(configuration.storage == .inMemory)
        #expect(configuration.listeners.isEmpty)
    }

    @Test(
        "addresses are read",
        arguments: [
            ("127.0.0.1:8200", "127.0.0.1:8200"), (":8200", "0.0.0.0:8200"), ("[::1]:0", "[::1]:0"),
            ("localhost:65535", "localhost:65535"),
        ])
    func addresses(_ text: String, _ expected: String) {
        #expect(ListenAddress(text)?.description == expected)
    }

    @Test(
        "what is no address is refused",
        arguments: [
            "", "localhost", "localhost:", ":", "::1:8200", "[::1]", "[]:1", "a:65536", "a:-1",
            "a:+1", "a b:1", "a/b:1",
            "{{ GetPrivateIP }}:8200", "https://a:1", "a:8200\0", "[::1:1",
        ])
    func badAddresses(_ text: String) {
        #expect(ListenAddress(text) == nil)
    }
}
