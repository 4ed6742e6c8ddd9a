// `listener "tcp" { … }` and `listener "unix" { … }`.

import HCL

extension SectionReader {
    func listeners() -> [ListenerConfiguration] {
        var listeners: [ListenerConfiguration] = []
        for section in sections("listener", labelCount: 1) {
            let reader = reader(of: section, "listener")
            switch section.labels[0].text {
            case "tcp":
                listeners.append(.tcp(reader.tcpListener(at: section.position)))
            case "unix":
                if let listener = reader.unixListener(at: section.position) {
                    listeners.append(.unix(listener))
                }
            default:
                error(
                    at: section.labels[0].position,
                    "unknown listener; there are \"tcp\" and \"unix\"")
                continue
            }
            reader.finish(foreignKeys: ForeignKeys.listener)
        }
        return listeners
    }

    private func tcpListener(at position: HCLPosition) -> TCPListenerConfiguration {
        var listener = TCPListenerConfiguration()
        if let address = address("address") { listener.address = address.value }
        listener.clusterAddress = address("cluster_address")?.value
        listener.tls = tls(at: position)
        listener.limits = limits()
        listener.openings = openings()
        listener.responseHeaders = responseHeaders()
        for section in sections("telemetry", labelCount: 0) {
            let reader = reader(of: section, "telemetry")
            listener.allowsUnauthenticatedMetrics =
                reader.bool("unauthenticated_metrics_access")?.value ?? false
            reader.finish(foreignKeys: ForeignKeys.listenerTelemetry)
        }
        for section in sections("profiling", labelCount: 0) {
            let reader = reader(of: section, "profiling")
            listener.allowsUnauthenticatedInFlightRequests =
                reader.bool("unauthenticated_in_flight_request_access")?.value ?? false
            reader.finish(foreignKeys: ForeignKeys.listenerProfiling)
        }
        return listener
    }

    private func unixListener(at position: HCLPosition) -> UnixListenerConfiguration? {
        let path = string("address")
        let mode = permissions("socket_mode")
        let user = string("socket_user")
        let group = string("socket_group")
        let limits = limits()
        let openings = openings()
        let responseHeaders = responseHeaders()
        // A socket file has no TLS; the key that says so is common in files all the same.
        _ = bool("tls_disable")
        guard let path else {
            if body.items(named: "address").isEmpty {
                error(at: position, "address is missing in listener \"unix\"")
            }
            return nil
        }
        let limit = ConfigurationLimits.maxSocketPathBytes
        guard path.value.utf8.count <= limit else {
            error(at: path.position, "address in listener \"unix\" is longer than \(limit) bytes")
            return nil
        }
        var listener = UnixListenerConfiguration(path: path.value)
        listener.mode = mode?.value
        listener.user = user?.value
        listener.group = group?.value
        listener.limits = limits
        listener.openings = openings
        listener.responseHeaders = responseHeaders
        return listener
    }

    private func openings() -> ListenerOpenings {
        var openings = ListenerOpenings()
        if let disabled = bool("disable_unauthed_rekey_endpoints") {
            openings.allowsUnauthenticatedRekey = !disabled.value
        }
        if let disabled = bool("disable_unauthed_generate_root_endpoints") {
            openings.allowsUnauthenticatedRootGeneration = !disabled.value
        }
        return openings
    }

    private func limits() -> ListenerLimits {
        var limits = ListenerLimits()
        if let size = bytes("max_request_size", in: 0...ConfigurationLimits.maxRequestBytes),
            size.value > 0
        {
            limits.maxRequestBytes = size.value
        }
        if let duration = seconds("max_request_duration"), duration.value > .zero {
            limits.maxRequestDuration = duration.value
        }
        let timeouts: [(String, WritableKeyPath<ListenerLimits, Duration>)] = [
            ("http_read_header_timeout", \.readHeaderTimeout), ("http_read_timeout", \.readTimeout),
            ("http_write_timeout", \.writeTimeout), ("http_idle_timeout", \.idleTimeout),
        ]
        for (key, path) in timeouts {
            if let duration = seconds(key), duration.value > .zero {
                limits[keyPath: path] = duration.value
            }
        }
        return limits
    }
}

// MARK: - TLS

extension SectionReader {
    /// Nil when it is switched off; when something is wrong, what is said is an error and the value
    /// does not matter.
    private func tls(at position: HCLPosition) -> TLSConfiguration? {
        let isDisabled = bool("tls_disable")?.value ?? false
        let certificate = string("tls_cert_file")
        let key = string("tls_key_file")
        let issue = tlsIssue()
        let missing = ["tls_cert_file", "tls_key_file"].filter { body.items(named: $0).isEmpty }
        let hasFiles = issue == nil || missing.count < 2
        var tls = TLSConfiguration(
            files: hasFiles
                ? TLSConfiguration.Files(
                    certificate: certificate?.value ?? "", key: key?.value ?? "") : nil,
            issue: issue?.value)
        if let version = tlsVersion("tls_min_version") { tls.minVersion = version.value }
        let maxVersion = tlsVersion("tls_max_version")
        if let maxVersion { tls.maxVersion = maxVersion.value }
        tls.clientCAFile = string("tls_client_ca_file")?.value
        tls.clientCertificates = clientCertificates()
        if isDisabled {
            if let issue {
                error(at: issue.position, "tls_issue and tls_disable exclude each other")
            }
            return nil
        }
        for name in hasFiles ? missing : [] {
            error(
                at: position,
                "\(name) is missing in listener \"tcp\"; set it, "
                    + "or tls_disable = true to serve without TLS"
            )
        }
        if tls.maxVersion < tls.minVersion {
            error(
                at: maxVersion?.position ?? position,
                "tls_max_version is lower than tls_min_version in listener \"tcp\"")
        }
        return tls
    }

    private func tlsVersion(_ key: String) -> Located<TLSConfiguration.Version>? {
        guard let value = value(key) else { return nil }
        switch value.value.stringValue {
        case let text? where text == "tls10" || text == "tls11":
            error(
                at: value.position,
                "\(key): TLS 1.0 and 1.1 are not offered; the lowest version is \"tls12\"")
        case let text?:
            if let version = TLSConfiguration.Version(rawValue: text) {
                return Located(value: version, source: source, position: value.position)
            }
            fallthrough
        case nil:
            error(at: value.position, "\(key) must be \"tls12\" or \"tls13\"")
        }
        return nil
    }

    private func clientCertificates() -> TLSConfiguration.ClientCertificates {
        let required = bool("tls_require_and_verify_client_cert")
        let disabled = bool("tls_disable_client_certs")
        if let required, required.value, disabled?.value == true {
            error(
                at: required.position,
                "tls_require_and_verify_client_cert and tls_disable_client_certs exclude each other"
            )
        }
        if required?.value == true { return .required }
        return disabled?.value == true ? .ignored : .requested
    }
}
