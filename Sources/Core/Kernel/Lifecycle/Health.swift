// `sys/health` and `sys/leader`.

internal import Clock
internal import JSON

extension SystemStatus {
    /// The state as an HTTP status, which load balancers read; each can be set by the query.
    func health(_ query: JSONValue) throws(BackendFailure) -> ClientResponse {
        let isInitialized = try core.isInitialized()
        let isSealed = core.isSealed
        let status =
            if !isInitialized {
                try code(query, "uninitcode", 501)
            } else if isSealed {
                try code(query, "sealedcode", 503)
            } else {
                try code(query, "activecode", 200)
            }
        var body = JSONObject([
            ("initialized", .bool(isInitialized)),
            ("sealed", .bool(isSealed)),
            // A server that is not active is a standby to whoever asks, as Vault says it.
            ("standby", .bool(isSealed)),
            ("performance_standby", false),
            ("replication_performance_mode", isSealed ? "unknown" : "disabled"),
            ("replication_dr_mode", isSealed ? "unknown" : "disabled"),
            ("server_time_utc", .number(JSONNumber(Int(Timestamp.now.seconds)))),
            ("version", .string(CofferVersion.api)),
            ("enterprise", false),
            ("echo_duration_ms", 0),
            ("clock_skew_ms", 0),
            ("replication_primary_canary_age_ms", 0),
        ])
        if !isSealed {
            body["cluster_name"] = .string(core.settings.clusterName)
            body["cluster_id"] = .string(core.clusterID)
        }
        return json(.object(body), status: status)
    }

    private func code(
        _ query: JSONValue, _ name: String, _ usual: Int
    ) throws(BackendFailure) -> Int {
        guard let text = query[name]?.stringValue else { return usual }
        guard let code = Int(text), (100...599).contains(code) else {
            throw BackendFailure(.invalidRequest, "\"\(name)\" is not an HTTP status code")
        }
        return code
    }

    /// A single node has no leader to point to.
    func leader() throws(BackendFailure) -> ClientResponse {
        json([
            "ha_enabled": false,
            "is_self": false,
            "active_time": "0001-01-01T00:00:00Z",
            "leader_address": "",
            "leader_cluster_address": "",
            "performance_standby": false,
            "performance_standby_last_remote_wal": 0,
        ])
    }
}
