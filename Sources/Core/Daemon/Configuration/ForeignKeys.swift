// Keys that Vault or OpenBao know and this server does not: named as such, not as misspellings.

enum ForeignKeys {
    static let topLevel: Set<String> = [
        "adaptive_overload_protection", "administrative_namespace_path",
        "allow_audit_log_prefixing",
        "cache_size", "cluster_cipher_suites", "detect_deadlocks", "disable_clustering",
        "disable_indexing", "disable_performance_standby", "disable_printable_check",
        "disable_sealwrap", "disable_sentinel_trace", "disable_standby_reads",
        "enable_multiseal", "enable_response_header_raft_node_id", "entropy", "experiments",
        "imprecise_lease_role_tracking", "initialize", "kms_library",
        "license_path", "log_requests_level", "log_rotate_bytes", "log_rotate_duration",
        "log_rotate_max_files", "plugin", "plugin_auto_download", "plugin_auto_register",
        "plugin_download_behavior", "plugin_tmpdir", "replication", "reporting", "request_limiter",
        "sentinel", "service_registration", "unsafe_allow_api_audit_creation",
    ]

    /// Blocks without which the server would be another one than was asked for: an error, not a
    /// warning.
    static let refusedBlocks = ["ha_storage", "ha_backend", "hsm", "kms"]

    static let storages: Set<String> = [
        "aerospike", "alicloudoss", "azure", "cassandra", "cockroachdb", "consul", "couchdb",
        "dynamodb",
        "etcd", "foundationdb", "gcs", "inmem_ha", "manta", "mssql", "mysql", "oci", "postgresql",
        "raft",
        "s3", "spanner", "swift", "zookeeper",
    ]

    static let storage: Set<String> = ["disable_clustering", "max_parallel"]

    static let seals: Set<String> = [
        "alicloudkms", "awskms", "azurekeyvault", "gcpckms", "kmip", "ocikms", "pkcs11", "static",
        "transit",
    ]

    static let listener: Set<String> = [
        "agent_api", "chroot_namespace", "cors_allowed_headers", "cors_allowed_origins",
        "cors_enabled", "disable_replication_status_endpoints",
        "disable_request_limiter", "enable_quit", "inflight_requests_logging",
        "max_json_array_element_count", "max_json_depth", "max_json_object_entry_count",
        "max_json_string_value_length", "max_request_json_memory", "max_request_json_strings",
        "proxy_api", "proxy_protocol_authorized_addrs", "proxy_protocol_behavior",
        "purpose", "redact_addresses", "redact_cluster_name", "redact_version",
        "require_request_header", "role", "tls_auto_reload", "tls_auto_reload_interval",
        "tls_cipher_suites", "tls_key_exchange_preferences", "tls_prefer_server_cipher_suites",
        "x_forwarded_for_authorized_addrs", "x_forwarded_for_client_cert_header",
        "x_forwarded_for_hop_skips", "x_forwarded_for_reject_not_authorized",
        "x_forwarded_for_reject_not_present",
    ]

    static let listenerProfiling: Set<String> = ["unauthenticated_pprof_access"]

    static let listenerTelemetry: Set<String> = [
        "disallow_metrics", "metrics_only", "metrics_path",
    ]

    static let telemetry: Set<String> = [
        "circonus_api_app", "circonus_api_token", "circonus_api_url", "circonus_broker_id",
        "circonus_broker_select_tag", "circonus_check_display_name",
        "circonus_check_force_metric_activation", "circonus_check_id", "circonus_check_instance_id",
        "circonus_check_search_tag", "circonus_check_tags", "circonus_submission_interval",
        "circonus_submission_url", "dogstatsd_addr", "dogstatsd_tags",
        "rollback_metrics_include_mount_point",
        "stackdriver_debug_logs", "stackdriver_location", "stackdriver_namespace",
        "stackdriver_project_id", "statsd_address", "statsite_address",
    ]
}
