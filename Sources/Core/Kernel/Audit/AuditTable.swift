// The enabled audit devices: stored below `<namespace>/audit/`, loaded at unsealing.

internal import Audit
internal import Barrier
internal import Cryptography
internal import Logging

/// Devices belong to the root namespace. What is stored here is open in the broker, unless it could
/// not be opened.
final class AuditTable: Sendable {
    let log: AuditLog
    private let barrier: Barrier
    private let prefix: String
    private let headersKey: String
    private let entries: Snapshot<[AuditDeviceEntry]>
    private let changes = AsyncLock()

    init(barrier: Barrier, namespacePrefix: String, log: AuditLog) throws(BackendFailure) {
        self.barrier = barrier
        self.log = log
        let prefix = namespacePrefix + "audit/"
        self.prefix = prefix
        headersKey = namespacePrefix + "audit-headers"
        var entries: [AuditDeviceEntry] = []
        try barrier.forEachName(in: prefix) { name throws(BackendFailure) in
            guard let stored = try barrier.read(prefix + name) else { return }
            entries.append(try AuditDeviceEntry(decoding: stored.value))
        }
        self.entries = Snapshot(entries)
        if let stored = try barrier.read(headersKey) {
            log.headers.store(try AuditedHeaders(decoding: stored.value))
        }
    }

    /// All devices, by path.
    var devices: [AuditDeviceEntry] {
        entries.value.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }

    /// The digest of a text as a device's lines show it; `nil` if there is no such device.
    func hash(_ text: String, at path: String) -> String? {
        guard let entry = entry(at: path) else { return nil }
        return SaltedHash(salt: entry.salt).text(of: text)
    }

    private func entry(at path: String) -> AuditDeviceEntry? {
        entries.value.first { $0.path.utf8.elementsEqual(path.utf8) }
    }

    // MARK: Unsealing

    /// Brings the stored devices in line with the declared ones, then opens all. A server whose
    /// every device fails stays sealed: it could answer nothing.
    func open(_ declared: [DeclaredAuditDevice]) async throws(BackendFailure) {
        try await reconcile(declared)
        var opened = 0
        for entry in devices {
            do throws(BackendFailure) {
                log.add(try await openDevice(entry, tests: false))
                opened += 1
            } catch {
                log.logger.error(
                    "an audit device could not be opened",
                    metadata: ["path": "\(entry.path)", "reason": "\(error.message)"])
            }
        }
        guard opened > 0 || devices.isEmpty else {
            throw BackendFailure(
                .internalError,
                "failed to setup audit table: none of the audit devices could be opened")
        }
    }

    private func reconcile(_ declared: [DeclaredAuditDevice]) async throws(BackendFailure) {
        var wanted: [AuditDeviceEntry] = []
        for device in declared {
            let path = try MountPath(device.path).text
            let entry = AuditDeviceEntry(
                path: path, type: device.type, description: device.description,
                isLocal: device.isLocal, options: device.options, isDeclared: true)
            if let conflict = (entries.value.filter { !$0.isDeclared } + wanted).first(where: {
                MountPath.overlap($0.path, path)
            }) {
                throw BackendFailure(
                    .internalError,
                    "the configuration declares an audit device at \"\(path)\", but there is one "
                        + "at \"\(conflict.path)\" already")
            }
            wanted.append(entry)
        }
        for stored in entries.value where stored.isDeclared {
            if !wanted.contains(where: { $0.isSame(as: stored) }) { try await forget(stored) }
        }
        for entry in wanted where self.entry(at: entry.path) == nil { try await store(entry) }
    }

    // MARK: Changing

    func enable(_ entry: AuditDeviceEntry) async throws(BackendFailure) {
        try await changes.withLock { () async throws(BackendFailure) in
            if self.entries.value.contains(where: { MountPath.overlap($0.path, entry.path) }) {
                throw BackendFailure(.invalidRequest, "path already in use")
            }
            guard self.entries.value.count < AuditLimits.devices else {
                throw BackendFailure(.invalidRequest, "there are too many audit devices")
            }
            let device = try await self.openDevice(entry, tests: true)
            do throws(BackendFailure) { try await self.store(entry) } catch {
                device.stop()
                throw error
            }
            self.log.add(device)
        }
        log.logger.info(
            "audit device enabled",
            metadata: ["path": "\(entry.path)", "type": "\(entry.type)"])
    }

    /// Nothing happens if there is no such device.
    func disable(_ path: String) async throws(BackendFailure) {
        let isRemoved = try await changes.withLock { () async throws(BackendFailure) in
            guard let entry = self.entry(at: path) else { return false }
            if entry.isDeclared {
                throw BackendFailure(
                    .invalidRequest,
                    "cannot disable an audit device that the configuration declares")
            }
            try await self.forget(entry)
            self.log.broker.remove(path: entry.path)
            return true
        }
        if isRemoved { log.logger.info("audit device disabled", metadata: ["path": "\(path)"]) }
    }

    func changeHeaders(
        _ edit: @escaping @Sendable (inout AuditedHeaders) throws(BackendFailure) -> Void
    ) async throws(BackendFailure) {
        try await changes.withLock { () async throws(BackendFailure) in
            var headers = self.log.headers.value
            try edit(&headers)
            try await self.barrier.put(self.headersKey, headers.encoded())
            self.log.headers.store(headers)
        }
    }

    private func openDevice(
        _ entry: AuditDeviceEntry, tests: Bool
    ) async throws(BackendFailure) -> AuditDevice {
        let options = try entry.deviceOptions()
        let device: AuditDevice
        do throws(AuditFailure) {
            device = try AuditDevice.open(
                path: entry.path, options: options, salt: entry.salt, rules: log.rules,
                logger: log.logger)
        } catch {
            throw BackendFailure(.invalidRequest, "sanity check failed; \(error.message)")
        }
        guard tests, !options.skipsTest, await device.probe() != nil else { return device }
        device.stop()
        throw BackendFailure(
            .invalidRequest,
            "audit device failed test message; the server's log has the reason")
    }

    private func store(_ entry: AuditDeviceEntry) async throws(BackendFailure) {
        try await barrier.put(key(entry), entry.encoded())
        entries.store(entries.value + [entry])
    }

    private func forget(_ entry: AuditDeviceEntry) async throws(BackendFailure) {
        try await barrier.delete(key(entry))
        entries.store(entries.value.filter { !$0.path.utf8.elementsEqual(entry.path.utf8) })
    }

    private func key(_ entry: AuditDeviceEntry) -> String {
        prefix + Hex.encode(Array(entry.path.utf8))
    }
}
