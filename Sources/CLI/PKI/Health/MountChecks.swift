// Checks of how the mount is tuned: what auditors can read, and which headers go through.

import JSON

extension HealthCheck {
    private static let readableRequestKeys = [
        "certificate", "issuer_ref", "common_name", "alt_names", "other_sans", "ip_sans",
        "uri_sans", "ttl", "not_after", "serial_number", "key_type", "private_key_format",
        "managed_key_name", "managed_key_id", "ou", "organization", "country", "locality",
        "province", "street_address", "postal_code", "permitted_dns_domains",
        "policy_identifiers", "ext_key_usage_oids", "csr",
    ]
    private static let readableResponseKeys = [
        "certificate", "issuing_ca", "serial_number", "error", "ca_chain",
    ]
    /// What holds private keys.
    private static let secretKeys: Set<String> = ["pem_bundle", "private_key"]

    static let auditVisibility = HealthCheck(
        "audit_visibility", [("ignored_parameters", [])]
    ) { context, parameters in
        let path = "sys/mounts/\(context.mount)/tune"
        let tuning = try await context.readSystem(path) ?? JSONObject()
        let ignored = parameters.names("ignored_parameters")
        var results: [HealthResult] = []
        for (setting, readable) in [
            ("audit_non_hmac_request_keys", readableRequestKeys),
            ("audit_non_hmac_response_keys", readableResponseKeys),
        ] {
            let clear = Set(tuning[setting]?.arrayValue?.compactMap(\.stringValue) ?? [])
            for name in clear.intersection(secretKeys).subtracting(ignored).sorted() {
                results.append(
                    HealthResult(
                        .warning, "/" + path,
                        "\(name) is in \(setting): private keys are in the audit log."))
            }
            for name in readable where !clear.contains(name) && !ignored.contains(name) {
                results.append(
                    HealthResult(
                        .informational, "/" + path,
                        "\(name) is not in \(setting), and auditors read its HMAC only."))
            }
        }
        guard results.isEmpty else { return results }
        return [HealthResult(.ok, "/" + path, "Auditors can read what they need.")]
    }

    /// The names of headers in lower case.
    private static func headers(
        _ setting: String, _ context: HealthContext
    ) async throws -> Set<String> {
        let mount = try await context.readSystem("sys/internal/ui/mounts/\(context.mount)")
        let names = mount?["config"]?[setting] ?? mount?[setting]
        return Set(names?.arrayValue?.compactMap { $0.stringValue?.lowercased() } ?? [])
    }

    static let allowIfModifiedSince = HealthCheck("allow_if_modified_since") { context, _ in
        let endpoint = "/sys/internal/ui/mounts/\(context.mount)"
        let asked = try await headers("passthrough_request_headers", context)
            .contains("if-modified-since")
        let answered = try await headers("allowed_response_headers", context)
            .contains("last-modified")
        switch (asked, answered) {
        case (true, true):
            return [HealthResult(.ok, endpoint, "Clients can ask for what has changed.")]
        case (false, false):
            return [
                HealthResult(
                    .informational, endpoint,
                    "Clients cannot ask for what has changed: If-Modified-Since is not in "
                        + "passthrough_request_headers, Last-Modified not in "
                        + "allowed_response_headers.")
            ]
        default:
            let missing =
                asked
                ? "Last-Modified is not in allowed_response_headers"
                : "If-Modified-Since is not in passthrough_request_headers"
            return [HealthResult(.warning, endpoint, "One of two headers is allowed: \(missing).")]
        }
    }

    // MARK: ACME

    /// nil where the server has none of it.
    private static func acmeIsEnabled(_ context: HealthContext) async throws -> Bool? {
        do {
            return try await context.read("config/acme")?["enabled"]?.boolValue
        } catch let refusal as HealthRefusal
            where refusal.result.status != .insufficientPermissions
        {
            return nil
        }
    }

    static let enableACME = HealthCheck("enable_acme_issuance") { context, _ in
        let endpoint = context.endpoint("config/acme")
        guard let isEnabled = try await acmeIsEnabled(context) else {
            return [HealthResult(.notApplicable, endpoint, "The server has no ACME.")]
        }
        if isEnabled { return [HealthResult(.ok, endpoint, "ACME is enabled.")] }
        guard try await context.issuers().contains(where: { !$0.isRoot }) else {
            return [
                HealthResult(.notApplicable, endpoint, "No issuer of the mount is below a root.")
            ]
        }
        return [
            HealthResult(
                .informational, endpoint, "With ACME, certificates would renew themselves.")
        ]
    }

    static let allowACMEHeaders = HealthCheck("allow_acme_headers") { context, _ in
        guard try await acmeIsEnabled(context) == true else {
            let endpoint = context.endpoint("config/acme")
            return [HealthResult(.notApplicable, endpoint, "ACME is not enabled.")]
        }
        let endpoint = "/sys/internal/ui/mounts/\(context.mount)"
        let allowed = try await headers("allowed_response_headers", context)
        let missing = ["Replay-Nonce", "Link", "Location"].filter {
            !allowed.contains($0.lowercased())
        }
        guard !missing.isEmpty else {
            return [HealthResult(.ok, endpoint, "ACME's headers are allowed.")]
        }
        return [
            HealthResult(
                .warning, endpoint,
                "ACME does not work without these in allowed_response_headers: "
                    + missing.joined(separator: ", "))
        ]
    }
}
