// Checks of issuers: how long they and their lists are valid, and what roots have signed.

import Certificates
import JSON

extension HealthCheck {
    static let authorityValidity = HealthCheck(
        "ca_validity_period",
        [
            ("root_expiry_critical", "182d"), ("intermediate_expiry_critical", "30d"),
            ("root_expiry_warning", "365d"), ("intermediate_expiry_warning", "60d"),
            ("root_expiry_informational", "730d"), ("intermediate_expiry_informational", "180d"),
        ]
    ) { context, parameters in
        try await context.issuers().map { issuer in
            let kind = issuer.isRoot ? "root" : "intermediate"
            let end = issuer.certificate.notAfter
            let day = String(end.rfc3339.prefix(10))
            let endpoint = context.endpoint(issuer.path)
            if end <= context.now {
                return HealthResult(.critical, endpoint, "Issuer's validity (\(day)) is over.")
            }
            let left = end.seconds - context.now.seconds
            let levels: [(HealthStatus, String)] = [
                (.critical, "critical"), (.warning, "warning"), (.informational, "informational"),
            ]
            for (status, level) in levels {
                let name = "\(kind)_expiry_\(level)"
                guard left < Int64(parameters.seconds(name)) else { continue }
                return HealthResult(
                    status, endpoint,
                    "Issuer's validity (\(day)) ends within \(parameters.text(name)).")
            }
            return HealthResult(.ok, endpoint, "Issuer's validity (\(day)) is OK")
        }
    }

    static let listValidity = HealthCheck(
        "crl_validity_period",
        [("crl_expiry_pct_critical", 95), ("delta_crl_expiry_pct_critical", 95)]
    ) { context, parameters in
        let issuers = try await context.issuers()
        let settings = try await context.readIfAllowed("config/crl")
        var results: [HealthResult] = []
        if let settings, settings["auto_rebuild"]?.boolValue == false {
            results.append(
                HealthResult(
                    .informational, context.endpoint("config/crl"),
                    "Lists are not made anew by themselves before they end: set auto_rebuild."))
        }
        for issuer in issuers {
            results.append(
                try await listResult(
                    context, issuer.path + "/crl",
                    criticalPercent: parameters.integer("crl_expiry_pct_critical"), settings))
            guard settings?["enable_delta"]?.boolValue == true else { continue }
            results.append(
                try await listResult(
                    context, issuer.path + "/crl/delta",
                    criticalPercent: parameters.integer("delta_crl_expiry_pct_critical"), nil))
        }
        return results
    }

    /// `settings` says from when on a complete list should have been replaced.
    private static func listResult(
        _ context: HealthContext, _ path: String, criticalPercent: Int, _ settings: JSONObject?
    ) async throws -> HealthResult {
        let endpoint = context.endpoint(path)
        let data: JSONObject?
        do { data = try await context.read(path) } catch let refusal as HealthRefusal {
            return refusal.result
        }
        guard let text = data?["crl"]?.stringValue, !text.isEmpty else {
            return HealthResult(.notApplicable, endpoint, "The issuer has no list.")
        }
        guard let validity = ListValidity(pem: text) else {
            return HealthResult(.critical, endpoint, "The list cannot be read.")
        }
        let over = validity.percentOver(context.now)
        let end = "valid until \(validity.until.rfc3339), \(over) % of its time are over"
        if over >= criticalPercent {
            return HealthResult(.critical, endpoint, "The list is about to end or has: \(end).")
        }
        if settings?["auto_rebuild"]?.boolValue == true,
            let grace = settings?["auto_rebuild_grace_period"].flatMap(
                HealthParameters.milliseconds),
            validity.until.adding(seconds: -Int64(grace / 1000)) <= context.now
        {
            return HealthResult(
                .informational, endpoint,
                "The list should have been replaced by itself before now: \(end).")
        }
        return HealthResult(.ok, endpoint, "The list is \(end).")
    }

    static let rootIssuedLeaves = HealthCheck(
        "root_issued_leaves", [("certs_to_fetch", 100)]
    ) { context, parameters in
        let roots = try await context.issuers().filter(\.isRoot)
        guard !roots.isEmpty else {
            return [
                HealthResult(
                    .notApplicable, context.endpoint("issuers"), "No issuer of the mount is a root."
                )
            ]
        }
        var results: [HealthResult] = []
        for serial in try await context.list("certs").prefix(parameters.integer("certs_to_fetch")) {
            let path = "cert/\(serial)"
            guard let data = try await context.read(path) else { continue }
            // An entry that is no certificate is tidy's business.
            guard let leaf = try? StoredIssuer(path: path, data: data).certificate,
                !leaf.authority.isAuthority
            else { continue }
            guard let root = roots.first(where: { leaf.isSigned(by: $0.certificate) }) else {
                continue
            }
            results.append(
                HealthResult(
                    .warning, context.endpoint(path),
                    "Root \(root.path) has signed a certificate that is none of an authority: let "
                        + "an intermediate issue."))
        }
        guard results.isEmpty else { return results }
        return [
            HealthResult(
                .ok, context.endpoint("certs"),
                "No root of the mount has signed any of the certificates that were looked at.")
        ]
    }
}
