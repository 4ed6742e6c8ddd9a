// From the texts of all files, in their order, to one configuration. Of a value that several files
// set, the last one counts; listeners add up.

import HCL

struct ConfigurationParser {
    let problems = ProblemLog()
    private(set) var configuration = ServerConfiguration()
    private var hasStorage = false
    /// What is missing cannot be told then: it may stand in the broken file.
    private var hasUnreadableFile = false
    private var defaultTTL: Located<Duration>?
    private var maxTTL: Located<Duration>?

    mutating func read(_ file: ConfigurationText) {
        let body: HCLBody
        do {
            let limits = HCLLimits(maxTextBytes: ConfigurationLimits.maxFileBytes)
            body = try HCLFile.parse(file.text, name: "the configuration", limits: limits)
        } catch {
            problems.error(file.name, error.position, error.message)
            hasUnreadableFile = true
            return
        }
        let reader = SectionReader(body, source: file.name, problems: problems)
        readAddresses(reader)
        readTimes(reader)
        readLog(reader)
        readPlugins(reader)
        readSwitches(reader)
        readBlocks(reader)
        reader.finish(foreignKeys: ForeignKeys.topLevel)
    }

    /// The checks that need the whole, once every file and the environment have been read.
    mutating func finish(_ mode: ServerConfiguration.Mode, source: String) {
        checkTimes()
        if mode == .server, !hasUnreadableFile {
            if !hasStorage {
                problems.error(
                    source, nil, "no storage is configured; a server needs a storage block")
            }
            if configuration.listeners.isEmpty {
                problems.error(
                    source, nil, "no listener is configured; a server needs a listener block")
            }
        }
        configuration.warnings = problems.warnings
    }

    // MARK: Plain keys

    private mutating func readAddresses(_ reader: SectionReader) {
        if let url = reader.url("api_addr") { configuration.apiAddress = url.value }
        if let url = reader.url("cluster_addr") { configuration.clusterAddress = url.value }
        if let name = reader.string("cluster_name") { configuration.clusterName = name.value }
    }

    private mutating func readTimes(_ reader: SectionReader) {
        defaultTTL = reader.seconds("default_lease_ttl") ?? defaultTTL
        maxTTL = reader.seconds("max_lease_ttl") ?? maxTTL
        if let duration = reader.seconds("default_max_request_duration"), duration.value > .zero {
            configuration.defaultMaxRequestDuration = duration.value
        }
    }

    private mutating func readLog(_ reader: SectionReader) {
        if let level = reader.word(
            "log_level", LogConfiguration.Level.self, aliases: LogConfiguration.Level.aliases)
        {
            configuration.log.level = level.value
        }
        if let format = reader.word("log_format", LogConfiguration.Format.self) {
            configuration.log.format = format.value
        }
        if let file = reader.string("log_file") { configuration.log.file = file.value }
        if let file = reader.string("pid_file") { configuration.pidFile = file.value }
    }

    private mutating func readPlugins(_ reader: SectionReader) {
        if let path = reader.string("plugin_directory") {
            configuration.plugins.directory = path.value
        }
        if let user = reader.int("plugin_file_uid", in: 0...Int(UInt32.max - 1)) {
            configuration.plugins.fileUserID = UInt32(user.value)
        }
        if let mode = reader.permissions("plugin_file_permissions") {
            configuration.plugins.filePermissions = mode.value
        }
        if let time = reader.seconds("plugin_idle_timeout"), time.value > .zero {
            configuration.plugins.idleTimeout = time.value
        }
        if let most = reader.int("max_plugin_processes", in: 1...1_000_000) {
            configuration.plugins.maxProcesses = most.value
        }
    }

    private mutating func readSwitches(_ reader: SectionReader) {
        let switches: [(String, WritableKeyPath<ServerConfiguration, Bool>)] = [
            ("ui", \.isUIEnabled), ("disable_mlock", \.isMlockDisabled),
            ("disable_plugin_sandbox", \.plugins.isSandboxDisabled),
            ("disable_cache", \.isCacheDisabled),
            ("raw_storage_endpoint", \.isRawStorageEndpointEnabled),
            ("introspection_endpoint", \.isIntrospectionEndpointEnabled),
            ("enable_response_header_hostname", \.addsHostnameHeader),
        ]
        for (key, path) in switches {
            if let flag = reader.bool(key) { configuration[keyPath: path] = flag.value }
        }
        if let glob = reader.word("policy_glob", PolicyGlob.self) {
            configuration.policyGlob = glob.value
        }
    }

    // MARK: Blocks

    private mutating func readBlocks(_ reader: SectionReader) {
        if let storage = reader.storage() {
            configuration.storage = storage
            hasStorage = true
        } else if reader.namesStorage {
            // It is wrong and has been reported as that, not as missing.
            hasStorage = true
        }
        reader.checkSeals()
        configuration.listeners += reader.listeners()
        configuration.auditDevices += reader.auditDevices()
        if let telemetry = reader.telemetry() { configuration.telemetry = telemetry }
        configuration.userLockout.merge(reader.userLockout()) { _, last in last }
        for name in ForeignKeys.refusedBlocks {
            for section in reader.sections(name, labelCount: 1) {
                reader.error(at: section.position, "\(name) is not available yet")
            }
        }
    }

    // MARK: Checks across keys

    private mutating func checkTimes() {
        let fallback = ConfigurationLimits.defaultLeaseTTLSeconds
        let maximum = maxTTL.flatMap(Self.seconds) ?? fallback
        configuration.maxLeaseTTLSeconds = maximum
        guard let defaultTTL, let seconds = Self.seconds(defaultTTL) else {
            configuration.defaultLeaseTTLSeconds = min(fallback, maximum)
            return
        }
        configuration.defaultLeaseTTLSeconds = seconds
        if seconds > maximum {
            problems.error(
                defaultTTL.source, defaultTTL.position,
                "default_lease_ttl is larger than max_lease_ttl (\(maximum) seconds)")
        }
    }

    /// Zero stands for the default, as in Vault.
    private static func seconds(_ duration: Located<Duration>) -> UInt64? {
        let seconds = UInt64(clamping: duration.value.components.seconds)
        return seconds == 0 ? nil : seconds
    }
}

extension LogConfiguration.Level {
    static let aliases: [String: Self] = ["warning": .warn, "err": .error, "notice": .info]
}
