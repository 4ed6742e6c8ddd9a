// From the configuration's terms to those of the parts.

internal import Clock
internal import Glibc
internal import HTTPAPI
internal import Kernel
internal import Metrics

extension ServerConfiguration {
    static func load(
        _ options: DaemonOptions, environment: [String: String]
    ) throws(StartError) -> ServerConfiguration {
        do throws(ConfigurationError) {
            return try load(
                paths: options.configPaths, environment: environment,
                mode: options.isDev ? .development : .server)
        } catch {
            throw StartError(
                ["Error loading the configuration:"] + error.problems.map { "  " + $0.description })
        }
    }
}

extension CoreSettings {
    init(_ configuration: ServerConfiguration) {
        self.init(
            defaultLeaseTTLSeconds: Int64(configuration.defaultLeaseTTLSeconds),
            maxLeaseTTLSeconds: Int64(configuration.maxLeaseTTLSeconds),
            maxRequestSeconds: UInt64(
                ListenerConfiguration.seconds(configuration.defaultMaxRequestDuration)),
            policyGlob: configuration.policyGlob == .segment ? .segment : .prefix,
            clusterName: configuration.clusterName ?? "coffer",
            storageType: configuration.storage.typeName,
            apiAddress: configuration.apiAddress ?? "")
        audit.devices = configuration.auditDevices.map { device in
            DeclaredAuditDevice(
                type: device.type, path: device.path, description: device.description,
                isLocal: device.isLocal, options: device.options)
        }
        metrics = MetricsSettings(configuration.telemetry, host: HostName.current)
        isRawStorageEnabled = configuration.isRawStorageEndpointEnabled
        isIntrospectionEnabled = configuration.isIntrospectionEndpointEnabled
        userLockout = configuration.userLockout.mapValues { LockoutSettings($0) }
    }
}

extension ServerConfiguration {
    /// What no plugin should get to see: what is stored, and the listeners' keys.
    var ownFiles: [ServerFile] {
        var files: [ServerFile] = []
        if case .lmdb(let path, _, _) = storage {
            files.append(ServerFile(path: path, noun: "the storage"))
        }
        for listener in listeners {
            guard let key = listener.tls?.files?.key else { continue }
            files.append(ServerFile(path: key, noun: "the private key of a listener"))
        }
        return files
    }
}

extension LockoutSettings {
    init(_ configuration: UserLockoutConfiguration) {
        self.init(
            threshold: configuration.threshold,
            durationSeconds: configuration.duration?.components.seconds,
            counterResetSeconds: configuration.counterReset?.components.seconds,
            isDisabled: configuration.isDisabled)
    }
}

extension MetricsSettings {
    init(_ telemetry: TelemetryConfiguration, host name: String) {
        self.init()
        prefix = telemetry.metricsPrefix
        prometheusRetentionSeconds = telemetry.prometheusRetention.components.seconds
        isAllowedByDefault = telemetry.isAllowedByDefault
        filters = telemetry.prefixFilters
        if telemetry.addsHostnameLabel {
            host = .asLabel(name)
        } else if !telemetry.omitsHostname {
            host = .inGaugeNames(name)
        }
    }
}

/// The name that this machine calls itself.
enum HostName {
    static var current: String {
        var bytes = [CChar](repeating: 0, count: 257)
        guard gethostname(&bytes, bytes.count - 1) == 0 else { return "localhost" }
        let name = bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return String(decoding: name, as: UTF8.self)
    }
}

extension StorageConfiguration {
    var typeName: String {
        switch self {
        case .inMemory: "inmem"
        case .lmdb: "lmdb"
        }
    }
}

extension ListenerConfiguration {
    /// As the listener is told; for a Unix socket without its permissions.
    var httpAddress: HTTPAPI.ListenerAddress {
        switch self {
        case .tcp(let listener):
            .tcp(host: listener.address.host, port: Int(listener.address.port))
        case .unix(let listener): .unix(path: listener.path)
        }
    }

    func forHTTP() throws(StartError) -> HTTPAPI.ListenerConfiguration {
        var result: HTTPAPI.ListenerConfiguration
        switch self {
        case .tcp(let listener):
            result = HTTPAPI.ListenerConfiguration(address: httpAddress)
            if let tls = listener.tls { result.tls = try tls.forHTTP() }
        case .unix(let listener):
            result = HTTPAPI.ListenerConfiguration(
                address: .unix(path: listener.path, permissions: try listener.permissions()))
        }
        result.maxRequestSeconds = limits.maxRequestDuration.map { UInt64(Self.seconds($0)) }
        result.permissions = openings.permissions
        result.customHeaders = CustomHeaders(responseHeaders)
        if case .tcp(let listener) = self {
            if listener.allowsUnauthenticatedMetrics { result.permissions.insert(.metrics) }
            if listener.allowsUnauthenticatedInFlightRequests {
                result.permissions.insert(.inFlightRequests)
            }
        }
        result.limits.maxBodyBytes = limits.maxRequestBytes
        result.limits.headTimeoutSeconds = Self.seconds(limits.readHeaderTimeout)
        result.limits.bodyTimeoutSeconds = Self.seconds(limits.readTimeout)
        result.limits.idleTimeoutSeconds = Self.seconds(limits.idleTimeout)
        return result
    }

    /// Whole seconds, at least one: a limit of zero would refuse everybody.
    static func seconds(_ duration: Duration) -> Int {
        max(1, Int(clamping: duration.components.seconds))
    }
}

extension CustomHeaders {
    init(_ configuration: ResponseHeaders) {
        var headers: [Scope: [Header]] = [:]
        for (text, list) in configuration.byStatus {
            guard let scope = Scope(text) else { continue }
            headers[scope] = list.map { Header(name: $0.name, value: $0.value) }
        }
        self.init(headers)
    }
}

extension ListenerOpenings {
    var permissions: ListenerPermissions {
        var permissions: ListenerPermissions = []
        if allowsUnauthenticatedRekey { permissions.insert(.rekey) }
        if allowsUnauthenticatedRootGeneration { permissions.insert(.rootGeneration) }
        return permissions
    }
}

extension TLSConfiguration {
    func forHTTP() throws(StartError) -> TLSSettings {
        var settings = try source()
        settings.minimumVersion = minVersion == .tls13 ? .tls13 : .tls12
        settings.maximumVersion = maxVersion == .tls12 ? .tls12 : .tls13
        switch (clientCertificates, clientCAFile) {
        case (.ignored, _), (.requested, nil): break
        case (.requested, let file?): settings.clientCertificates = .optional(authorityFile: file)
        case (.required, let file?): settings.clientCertificates = .required(authorityFile: file)
        case (.required, nil):
            // Serving everybody is the one thing that must not come of this setting.
            throw StartError(
                "tls_require_and_verify_client_cert needs tls_client_ca_file: "
                    + "the authority whose certificates clients must show"
            )
        }
        return settings
    }
}

extension TLSConfiguration {
    private func source() throws(StartError) -> TLSSettings {
        if let files {
            return TLSSettings(certificateFile: files.certificate, privateKeyFile: files.key)
        }
        guard let issue else { throw StartError("a listener with TLS has no certificate") }
        return TLSSettings(try ServerIdentity.selfSigned(issue, now: .now))
    }
}

extension UnixListenerConfiguration {
    func permissions() throws(StartError) -> UnixSocketPermissions {
        UnixSocketPermissions(
            mode: mode ?? 0o600,
            userID: try Self.id(user, of: "user") { getpwnam($0)?.pointee.pw_uid },
            groupID: try Self.id(group, of: "group") { getgrnam($0)?.pointee.gr_gid })
    }

    /// A number, or the number behind a name.
    private static func id(
        _ text: String?, of kind: String, _ lookUp: (String) -> UInt32?
    ) throws(StartError) -> UInt32? {
        guard let text else { return nil }
        if let number = UInt32(text) { return number }
        guard let number = lookUp(text) else {
            throw StartError("there is no \(kind) called \"\(text)\" for the Unix socket")
        }
        return number
    }
}
