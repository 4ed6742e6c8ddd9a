// The flags with which a mount is made and tuned; secrets engines and auth methods share most.

import JSON

extension Flag {
    static let mountPath = Flag(
        "path", .string, "Path to enable it at. The default is its type.", placeholder: "path")
    static let mountDescription = Flag(
        "description", .string, "Words for people about what it is for.", placeholder: "text")
    static let defaultLeaseTTL = Flag(
        "default-lease-ttl", .duration,
        "How long its leases and tokens live unless something else says so.")
    static let maxLeaseTTL = Flag(
        "max-lease-ttl", .duration, "How long its leases and tokens may live.")
    static let mountOptions = Flag(
        "options", .pairs, "Option for the engine. May be given several times.")
    static let mountVersion = Flag(
        "version", .integer, "Version of the engine's own interface, such as 2 for KV.")
    static let local = Flag(
        "local", .boolean, "Keep it on this cluster; do not replicate it.")
    static let sealWrap = Flag(
        "seal-wrap", .boolean, "Encrypt its critical values with the seal as well.")
    static let listingVisibility = Flag(
        "listing-visibility", .string, "Whether it is shown to those who are not logged in.",
        choices: ["unauth", "hidden"])
    static let pluginVersion = Flag(
        "plugin-version", .string, "Version of the plugin to run.", placeholder: "version")
    static let auditNonHMACRequestKeys = Flag(
        "audit-non-hmac-request-keys", .strings,
        "Name of a request field that the audit log shows in plain. May be given several times.",
        placeholder: "name")
    static let auditNonHMACResponseKeys = Flag(
        "audit-non-hmac-response-keys", .strings,
        "Name of a response field that the audit log shows in plain. May be given several times.",
        placeholder: "name")
    static let passthroughRequestHeaders = Flag(
        "passthrough-request-headers", .strings,
        "Name of a request header that the engine gets to see. May be given several times.",
        placeholder: "name")
    static let allowedResponseHeaders = Flag(
        "allowed-response-headers", .strings,
        "Name of a response header that the engine may set. May be given several times.",
        placeholder: "name")
    static let tokenType = Flag(
        "token-type", .string, "Kind of the tokens that the auth method makes.",
        choices: ["default-service", "default-batch", "service", "batch"])

    static let forceNoCache = Flag(
        "force-no-cache", .boolean, "Keep none of its entries in memory.")
    static let allowedManagedKeys = Flag(
        "allowed-managed-keys", .strings,
        "Name of a managed key that the engine may use. May be given several times.",
        placeholder: "name")
    static let delegatedAuthAccessors = Flag(
        "delegated-auth-accessors", .strings,
        "Accessor of an auth method that the engine may let log in. May be given several times.",
        placeholder: "accessor")
    static let identityTokenKey = Flag(
        "identity-token-key", .string, "Key that signs the engine's identity tokens.",
        placeholder: "name")
    static let lockoutThreshold = Flag(
        "user-lockout-threshold", .integer, "Failed logins after which a user is locked out.")
    static let lockoutDuration = Flag(
        "user-lockout-duration", .duration, "How long a user is locked out.")
    static let lockoutCounterReset = Flag(
        "user-lockout-counter-reset-duration", .duration,
        "How long without a failed login until they are counted anew.")
    static let lockoutDisable = Flag(
        "user-lockout-disable", .boolean, "Never lock users out.")
    static let userLockout: [Flag] = [
        .lockoutThreshold, .lockoutDuration, .lockoutCounterReset, .lockoutDisable,
    ]

    static let mountConfiguration: [Flag] = [
        .mountDescription, .defaultLeaseTTL, .maxLeaseTTL, .mountOptions, .mountVersion,
        .listingVisibility, .pluginVersion, .auditNonHMACRequestKeys, .auditNonHMACResponseKeys,
        .passthroughRequestHeaders, .allowedResponseHeaders, .allowedManagedKeys,
        .delegatedAuthAccessors, .identityTokenKey,
    ]
}

extension FlagValues {
    /// Only what was given; the server keeps its own defaults for the rest.
    func mountConfiguration() -> JSONObject {
        var config = JSONObject()
        for (name, flag) in [
            ("listing_visibility", Flag.listingVisibility), ("plugin_version", .pluginVersion),
            ("token_type", .tokenType), ("identity_token_key", .identityTokenKey),
        ] {
            if let text = string(flag) { config[name] = .string(text) }
        }
        for (name, flag) in [
            ("default_lease_ttl", Flag.defaultLeaseTTL), ("max_lease_ttl", .maxLeaseTTL),
        ] {
            guard let duration = duration(flag) else { continue }
            // A negative one goes back to the system's.
            config[name] = .string(duration.milliseconds < 0 ? "system" : duration.apiText)
        }
        for (name, flag) in [
            ("audit_non_hmac_request_keys", Flag.auditNonHMACRequestKeys),
            ("audit_non_hmac_response_keys", .auditNonHMACResponseKeys),
            ("passthrough_request_headers", .passthroughRequestHeaders),
            ("allowed_response_headers", .allowedResponseHeaders),
            ("allowed_managed_keys", .allowedManagedKeys),
            ("delegated_auth_accessors", .delegatedAuthAccessors),
        ] where isGiven(flag) {
            config[name] = .strings(strings(flag))
        }
        if isGiven(.forceNoCache) { config["force_no_cache"] = .bool(bool(.forceNoCache)) }
        return config
    }

    /// Only what was given; nothing if nothing was.
    private func userLockout() -> JSONObject? {
        var lockout = JSONObject()
        if let count = integer(.lockoutThreshold) {
            lockout["lockout_threshold"] = .string(String(count))
        }
        if let duration = duration(.lockoutDuration) {
            lockout["lockout_duration"] = .string(duration.apiText)
        }
        if let duration = duration(.lockoutCounterReset) {
            lockout["lockout_counter_reset_duration"] = .string(duration.apiText)
        }
        if isGiven(.lockoutDisable) { lockout["lockout_disable"] = .bool(bool(.lockoutDisable)) }
        return lockout.isEmpty ? nil : lockout
    }

    func mountOptions() -> JSONObject? {
        var options = JSONObject(pairs(.mountOptions).map { ($0.key, .string($0.value)) })
        if let version = integer(.mountVersion), version > 0 {
            options["version"] = .string(String(version))
        }
        return options.isEmpty ? nil : options
    }

    func mountRequest(type: String) -> JSONValue {
        var body = JSONObject([
            ("type", .string(type)), ("description", .string(string(.mountDescription) ?? "")),
            ("config", .object(mountConfiguration())),
        ])
        body["options"] = mountOptions().map { .object($0) }
        if bool(.local) { body["local"] = true }
        if bool(.sealWrap) { body["seal_wrap"] = true }
        return .object(body)
    }

    func tuneRequest() -> JSONValue {
        var body = mountConfiguration()
        if let text = string(.mountDescription) { body["description"] = .string(text) }
        body["options"] = mountOptions().map { .object($0) }
        body["user_lockout_config"] = userLockout().map { .object($0) }
        return .object(body)
    }
}
