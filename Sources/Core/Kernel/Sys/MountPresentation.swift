// A mount as the API shows it.

internal import Cryptography
internal import JSON

enum MountPresentation {
    static func object(_ mount: Mount) -> JSONValue {
        let entry = mount.entry
        let running = mount.backend?.running
        var object: JSONValue = [
            "accessor": .string(entry.accessor),
            "config": config(entry),
            "deprecation_status": "supported",
            "description": .string(entry.description),
            "external_entropy_access": false,
            "local": .bool(entry.isLocal),
            "options": entry.options.isEmpty ? .null : map(entry.options),
            "plugin_version": .string(mount.isBuiltIn ? "" : entry.pluginVersion),
            "running_plugin_version": .string(
                running?.shownVersion ?? (mount.isBuiltIn ? builtInVersion : "")),
            "running_sha256": .string(running?.digest ?? ""),
            "seal_wrap": .bool(entry.isSealWrapped),
            "type": .string(entry.type),
            "uuid": .string(entry.id.text),
        ]
        if let failure = mount.upgradeFailure { object["upgrade_failure"] = .string(failure) }
        return object
    }

    private static let builtInVersion = "v" + CofferVersion.text + "+builtin"

    private static func config(_ entry: MountEntry) -> JSONValue {
        let settings = entry.settings
        var config = JSONObject([
            ("default_lease_ttl", number(settings.defaultLeaseTTLSeconds)),
            ("force_no_cache", .bool(settings.forcesNoCache)),
            ("max_lease_ttl", number(settings.maxLeaseTTLSeconds)),
        ])
        append(entry, to: &config)
        return .object(config)
    }

    /// What `tune` reads: lifetimes as they hold, not as they were set.
    static func tuning(
        _ mount: Mount, lifetimes: (defaultTTL: Int64, maxTTL: Int64)
    ) -> JSONObject {
        let entry = mount.entry
        var tuning = JSONObject([
            ("default_lease_ttl", number(lifetimes.defaultTTL)),
            ("description", .string(entry.description)),
            ("force_no_cache", .bool(entry.settings.forcesNoCache)),
            ("max_lease_ttl", number(lifetimes.maxTTL)),
        ])
        if !entry.options.isEmpty { tuning["options"] = map(entry.options) }
        if !mount.isBuiltIn, !entry.pluginVersion.isEmpty {
            tuning["plugin_version"] = .string(entry.pluginVersion)
        }
        append(entry, to: &tuning)
        return tuning
    }

    private static func append(_ entry: MountEntry, to object: inout JSONObject) {
        let settings = entry.settings
        func add(_ name: String, _ values: [String]) {
            if !values.isEmpty { object[name] = .array(values.map { .string($0) }) }
        }
        add("audit_non_hmac_request_keys", settings.auditNonHMACRequestKeys)
        add("audit_non_hmac_response_keys", settings.auditNonHMACResponseKeys)
        add("passthrough_request_headers", settings.passthroughRequestHeaders)
        add("allowed_response_headers", settings.allowedResponseHeaders)
        if !settings.listingVisibility.isEmpty {
            object["listing_visibility"] = .string(settings.listingVisibility)
        }
        if entry.kind == .auth {
            let kind = TokenKindRule(rawValue: settings.tokenType) ?? .defaultService
            object["token_type"] = .string(kind.rawValue)
        }
        if settings.lockout != LockoutSettings() {
            let rule = LockoutRule(settings.lockout)
            object["user_lockout_counter_reset_duration"] = .int(rule.counterResetSeconds)
            object["user_lockout_disable"] = .bool(rule.isDisabled)
            object["user_lockout_duration"] = .int(rule.durationSeconds)
            object["user_lockout_threshold"] = .int(rule.threshold)
        }
    }

    static func map(_ values: [String: String]) -> JSONValue {
        .object(JSONObject(values.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
    }

    private static func number(_ value: Int64) -> JSONValue { .number(JSONNumber(Int(value))) }
}
