// Checks of roles: what they allow that is easily overlooked.

import JSON

extension HealthCheck {
    static let roleAllowsLocalhost = HealthCheck("role_allows_localhost") { context, _ in
        try await context.roles().map { name, role in
            let endpoint = context.endpoint("roles/\(name)")
            let domains = role["allowed_domains"]?.arrayValue ?? []
            guard role["allow_localhost"]?.boolValue == true, !domains.isEmpty else {
                return HealthResult(.ok, endpoint, "The role allows localhost only if it says so.")
            }
            return HealthResult(
                .warning, endpoint,
                "The role allows localhost beside its allowed_domains: set allow_localhost=false, "
                    + "and name it in allowed_domains where it is needed.")
        }
    }

    static let roleAllowsGlobWildcards = HealthCheck(
        "role_allows_glob_wildcards", [("allowed_roles", [])]
    ) { context, parameters in
        let allowed = parameters.names("allowed_roles")
        return try await context.roles().map { name, role in
            let endpoint = context.endpoint("roles/\(name)")
            let allowsBoth =
                role["allow_glob_domains"]?.boolValue == true
                && role["allow_wildcard_certificates"]?.boolValue == true
            guard allowsBoth else {
                return HealthResult(.ok, endpoint, "The role does not allow wildcards and globs.")
            }
            guard !allowed.contains(name) else {
                return HealthResult(.ok, endpoint, "The role is in allowed_roles.")
            }
            return HealthResult(
                .warning, endpoint,
                "The role allows wildcards in names and globs in domains, which together allow "
                    + "more than either: make two roles of it.")
        }
    }

    static let roleStores = HealthCheck(
        "role_no_store_false", [("allowed_roles", [])]
    ) { context, parameters in
        let allowed = parameters.names("allowed_roles")
        let roles = try await context.roles()
        let lists = try await context.readIfAllowed("config/crl")
        let rebuilds = lists?["auto_rebuild"]?.boolValue == true
        return roles.map { name, role in
            let endpoint = context.endpoint("roles/\(name)")
            guard role["no_store"]?.boolValue == false else {
                return HealthResult(.ok, endpoint, "The role's certificates are not stored.")
            }
            guard !allowed.contains(name) else {
                return HealthResult(.ok, endpoint, "The role is in allowed_roles.")
            }
            return HealthResult(
                rebuilds ? .informational : .warning, endpoint,
                "The role stores every certificate (no_store=false). Of many short-lived ones "
                    + "nothing needs to be stored: they can be revoked by themselves."
                    + (rebuilds ? "" : " With auto_rebuild, revocations make no list each."))
        }
    }
}
