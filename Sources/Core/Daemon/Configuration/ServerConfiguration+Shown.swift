// The configuration as `sys/config/state/sanitized` shows it: what could hold a secret is left out.

internal import Glibc
internal import JSON

extension ServerConfiguration {
    /// Built by allow-list: a key that is added to the configuration is not shown until somebody
    /// says so here. Of storage and seals only the kind is shown.
    var shown: JSONObject {
        var object = JSONObject()
        object["api_addr"] = .string(apiAddress ?? "")
        object["cache_size"] = 0
        object["cluster_addr"] = .string(clusterAddress ?? "")
        object["cluster_cipher_suites"] = ""
        object["cluster_name"] = .string(clusterName ?? "")
        object["default_lease_ttl"] = Self.number(defaultLeaseTTLSeconds)
        object["default_max_request_duration"] = Self.number(defaultMaxRequestDuration)
        object["disable_cache"] = .bool(isCacheDisabled)
        object["disable_clustering"] = true
        object["disable_indexing"] = false
        object["disable_mlock"] = .bool(isMlockDisabled)
        object["disable_performance_standby"] = true
        object["disable_plugin_sandbox"] = .bool(plugins.isSandboxDisabled)
        object["disable_printable_check"] = false
        object["disable_sealwrap"] = true
        object["enable_response_header_hostname"] = .bool(addsHostnameHeader)
        object["enable_ui"] = .bool(isUIEnabled)
        object["listeners"] = .array(listeners.map(\.shown))
        object["log_format"] = .string(log.format.rawValue)
        object["log_level"] = .string(log.level.rawValue)
        object["max_lease_ttl"] = Self.number(maxLeaseTTLSeconds)
        object["pid_file"] = .string(pidFile ?? "")
        object["plugin_directory"] = .string(plugins.directory ?? "")
        object["policy_glob"] = .string(policyGlob.rawValue)
        object["raw_storage_endpoint"] = .bool(isRawStorageEndpointEnabled)
        object["seals"] = [["disabled": false, "type": "shamir"]]
        let storage: JSONObject = JSONObject([
            ("cluster_addr", .string(clusterAddress ?? "")), ("disable_clustering", true),
            ("redirect_addr", .string(apiAddress ?? "")), ("type", .string(storage.typeName)),
        ])
        object["storage"] = .object(storage)
        object["telemetry"] = telemetry.shown
        return object
    }

    fileprivate static func number(_ value: UInt64) -> JSONValue {
        .number(JSONNumber(Int(clamping: value)))
    }

    fileprivate static func number(_ duration: Duration) -> JSONValue {
        .number(JSONNumber(Int(clamping: duration.components.seconds)))
    }
}

extension TelemetryConfiguration {
    fileprivate var shown: JSONValue {
        [
            "prometheus_retention_time": ServerConfiguration.number(prometheusRetention),
            "disable_hostname": .bool(omitsHostname),
            "enable_hostname_label": .bool(addsHostnameLabel),
            "metrics_prefix": .string(metricsPrefix),
            "filter_default": .bool(isAllowedByDefault),
            "prefix_filter": .array(prefixFilters.map { .string($0) }),
        ]
    }
}

extension ListenerConfiguration {
    fileprivate var shown: JSONValue {
        switch self {
        case .tcp(let listener):
            var config: JSONObject = JSONObject([
                ("address", .string("\(listener.address)")),
                ("tls_disable", .bool(listener.tls == nil)),
            ])
            if let tls = listener.tls {
                config["tls_cert_file"] = .string(tls.files?.certificate ?? "")
                config["tls_key_file"] = .string(tls.files?.key ?? "")
                if let issue = tls.issue { config["tls_issue"] = issue.shown }
                config["tls_min_version"] = .string(tls.minVersion.rawValue)
                config["tls_client_ca_file"] = .string(tls.clientCAFile ?? "")
            }
            return ["type": "tcp", "config": .object(config)]
        case .unix(let listener):
            return ["type": "unix", "config": ["address": .string(listener.path)]]
        }
    }
}
