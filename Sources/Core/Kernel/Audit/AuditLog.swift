// The audit point of a running server: requests and responses become entries for the devices.

internal import Audit
internal import Clock
internal import Logging
internal import Synchronization

final class AuditLog: AuditPoint {
    let broker: AuditBroker
    let rules: FileRules
    let logger: Logger
    let headers = Snapshot(AuditedHeaders())
    private let watch = Mutex<Task<Void, Never>?>(nil)

    init(lanes: any LaneExecutor, settings: AuditSettings, logger: Logger) {
        broker = AuditBroker(laneCount: lanes.laneCount) { lane, body in
            lanes.execute(lane: lane, body)
        }
        rules = FileRules(forbiddenFolders: settings.forbiddenFolders)
        self.logger = logger
    }

    var isRecording: Bool { broker.hasDevices }

    func record(
        _ subject: RequestSubject, denial: BackendFailure?,
        then: @escaping @Sendable (AuditFailure?) -> Void
    ) {
        let entry = AuditEntries.subject(
            subject, isAllowed: denial == nil, headers: headers.value)
        subject.trace?.note(entry, isDenied: denial != nil)
        let error = denial.map { EntryText($0.message, isPlain: true) }
        broker.recordRequest(entry, error: error, then: then)
    }

    func record(
        _ response: ClientResponse, wrapped: ClientResponse?, to subject: RequestSubject,
        then: @escaping @Sendable (AuditFailure?) -> Void
    ) {
        // A device that was enabled in between has not seen the request; its line says it all the
        // same.
        let noted = subject.trace?.noted
        let entry =
            noted?.subject
            ?? AuditEntries.subject(subject, isAllowed: true, headers: headers.value)
        let isStrangers = !(noted?.isDenied ?? false) && !(subject.mount?.isBuiltIn ?? true)
        broker.recordResponse(
            AuditEntries.response(
                response, wrapped: wrapped, to: subject, isStrangers: isStrangers),
            to: entry, error: AuditEntries.error(of: response, isStrangers: isStrangers),
            then: then)
    }

    // MARK: Devices

    /// Lets a device take lines, and has deadlines looked at from now on.
    func add(_ device: AuditDevice) {
        broker.add(device)
        watch.withLock { task in
            guard task == nil else { return }
            task = Task { [broker] in
                while !Task.isCancelled {
                    broker.checkDeadlines()
                    try? await Task.sleep(
                        nanoseconds: AuditLimits.watchMilliseconds * 1_000_000)
                }
            }
        }
    }

    /// SIGHUP.
    func reopen() { broker.reopenAll() }

    /// When the server seals. Devices write what they have; one that hangs is left behind.
    func unload() async {
        let removed = broker.removeAll()
        headers.store(AuditedHeaders())
        let deadline =
            MonotonicClock.nowNanoseconds
            &+ KernelLimits.auditEndMilliseconds &* 1_000_000
        while !removed.allSatisfy(\.hasEnded), MonotonicClock.nowNanoseconds < deadline {
            try? await Task.sleep(nanoseconds: 5_000_000)
        }
        watch.withLock { task in
            task?.cancel()
            task = nil
        }
    }
}
