// What enabling and tuning a mount have in common: the fields and their checks.

internal import JSON
internal import Paths

enum MountFields {
    /// Of `config` when enabling and of the body when tuning.
    static let settings: [Field] =
        [
            .any(
                "default_lease_ttl",
                "Lifetime of secrets and tokens that ask for none; \"system\" is the system's."),
            .any("max_lease_ttl", "Lifetime that none exceeds; \"system\" is the system's."),
            .boolean("force_no_cache", "Turn the cache off."),
            .string("listing_visibility", "\"hidden\" or \"unauth\"."),
            .stringList(
                "audit_non_hmac_request_keys", "Request values that audit logs show in plain."),
            .stringList(
                "audit_non_hmac_response_keys", "Response values that audit logs show in plain."),
            .stringList("passthrough_request_headers", "Request headers that the engine sees."),
            .stringList("allowed_response_headers", "Response headers that the engine may set."),
            .string("token_type", "Kind of token that an auth method makes."),
            .object("user_lockout_config", "After how many failed logins a user is locked out."),
        ] + notThere.map { .any($0.name, "Not available.") }

    /// Settings of what Coffer does not have: silence would be taken for yes.
    private static let notThere: [(name: String, reason: String)] = [
        ("allowed_managed_keys", "there are no managed keys"),
        ("delegated_auth_accessors", "engines cannot log anybody in"),
        ("identity_token_key", "engines get no identity tokens"),
    ]

    private static func refuseNotThere(_ fields: FieldValues) throws(BackendFailure) {
        for (name, reason) in notThere {
            switch fields.value(name) {
            case nil, .null, .string(""): continue
            case .array(let items)? where items.isEmpty: continue
            default: throw BackendFailure(.invalidRequest, "\(name) cannot be set: \(reason)")
            }
        }
    }

    /// Changes what the fields name and leaves the rest.
    static func apply(
        _ fields: FieldValues, to settings: inout MountSettings, kind: BackendKind,
        system: CoreSettings
    ) throws(BackendFailure) {
        try refuseNotThere(fields)
        if let ttl = try lifetime(fields, "default_lease_ttl") {
            settings.defaultLeaseTTLSeconds = ttl
        }
        if let ttl = try lifetime(fields, "max_lease_ttl") { settings.maxLeaseTTLSeconds = ttl }
        let maximum =
            settings.maxLeaseTTLSeconds > 0
            ? settings.maxLeaseTTLSeconds : system.maxLeaseTTLSeconds
        guard settings.defaultLeaseTTLSeconds <= maximum else {
            let bound = settings.maxLeaseTTLSeconds > 0 ? "max lease TTL" : "system maximum"
            throw BackendFailure(
                .invalidRequest,
                "default lease TTL of \(settings.defaultLeaseTTLSeconds) is greater than "
                    + "\(bound) of \(maximum)")
        }
        if fields.isPresent("force_no_cache") {
            settings.forcesNoCache = fields.boolean("force_no_cache") ?? false
        }
        if fields.isPresent("listing_visibility"), let text = fields.string("listing_visibility") {
            guard ["", "hidden", "unauth"].contains(text) else {
                throw BackendFailure(
                    .invalidRequest,
                    "invalid listing visibility type: it must be \"hidden\" or \"unauth\"")
            }
            settings.listingVisibility = text
        }
        func list(_ name: String, _ path: WritableKeyPath<MountSettings, [String]>) {
            if fields.isPresent(name) { settings[keyPath: path] = fields.stringList(name) ?? [] }
        }
        list("audit_non_hmac_request_keys", \.auditNonHMACRequestKeys)
        list("audit_non_hmac_response_keys", \.auditNonHMACResponseKeys)
        list("passthrough_request_headers", \.passthroughRequestHeaders)
        list("allowed_response_headers", \.allowedResponseHeaders)
        if fields.isPresent("token_type"), let type = fields.string("token_type") {
            guard kind == .auth else {
                throw BackendFailure(
                    .invalidRequest, "'token_type' can only be modified on auth mounts")
            }
            guard ["", "default-service", "default-batch", "service", "batch"].contains(type) else {
                throw BackendFailure(
                    .invalidRequest,
                    "invalid value for 'token_type': it must be \"default-service\", "
                        + "\"default-batch\", \"service\" or \"batch\"")
            }
            settings.tokenType = type
        }
        if let lockout = fields.object("user_lockout_config") {
            try applyLockout(lockout, to: &settings, kind: kind)
        }
    }

    private static let lockoutFields: [Field] = [
        .integer("lockout_threshold", "Failed logins after which a user is locked out."),
        .duration("lockout_duration", "For how long."),
        .duration(
            "lockout_counter_reset_duration", "After how long a failed login is forgotten."),
        .duration("lockout_counter_reset", "The same under its older name."),
        .boolean("lockout_disable", "Lock nobody out."),
    ]

    private static func applyLockout(
        _ object: JSONObject, to settings: inout MountSettings, kind: BackendKind
    ) throws(BackendFailure) {
        guard kind == .auth else {
            throw BackendFailure(
                .invalidRequest, "'user_lockout_config' can only be modified on auth mounts")
        }
        let fields: FieldValues
        do throws(FieldError) {
            fields = try FieldValues(
                fields: lockoutFields, captures: Captures.none, data: .object(object))
        } catch { throw BackendFailure(.invalidRequest, error.message) }
        if fields.isPresent("lockout_threshold") {
            let threshold = fields.integer("lockout_threshold") ?? 0
            guard threshold > 0 else {
                throw BackendFailure(.invalidRequest, "lockout_threshold must be positive")
            }
            settings.lockout.threshold = threshold
        }
        if fields.isPresent("lockout_duration") {
            settings.lockout.durationSeconds = Int64(fields.duration("lockout_duration") ?? 0)
        }
        for name in ["lockout_counter_reset", "lockout_counter_reset_duration"]
        where fields.isPresent(name) {
            settings.lockout.counterResetSeconds = Int64(fields.duration(name) ?? 0)
        }
        if fields.isPresent("lockout_disable") {
            settings.lockout.isDisabled = fields.boolean("lockout_disable")
        }
    }

    private static func lifetime(
        _ fields: FieldValues, _ name: String
    ) throws(BackendFailure) -> Int64? {
        guard let value = fields.value(name), value != .null else { return nil }
        let seconds: Int? =
            switch value {
            // Vault's word for "take the system's again".
            case .string("system"), .string(""): 0
            case .string(let text): DurationText.seconds(text)
            case .number(let number): DurationText.seconds(number.text)
            default: nil
            }
        guard let seconds, seconds >= 0 else {
            throw BackendFailure(
                .invalidRequest, "\(name) must be a duration that is not negative, or \"system\"")
        }
        return Int64(seconds)
    }
}
