// All devices together: a line goes to every one of them, and counts as recorded when the first has
// written it.

internal import Atomics
public import Clock
public import Metrics
internal import Synchronization

public final class AuditBroker: Sendable {
    /// Runs a body on a lane's event loop, after what the loop does now.
    public typealias Execute =
        @Sendable (_ lane: Int, _ body: @escaping @Sendable () -> Void) -> Void

    private let table: ManagedAtomic<DeviceTable>
    private let isActive = ManagedAtomic(false)
    private let lanes: [AuditLane]
    private let changes = Mutex(())
    /// Requests and responses that no device recorded.
    public let requestFailures = Counter()
    public let responseFailures = Counter()

    public init(laneCount: Int, execute: @escaping Execute) {
        let table = ManagedAtomic(DeviceTable([]))
        self.table = table
        lanes = (0..<max(laneCount, 1)).map { lane in
            AuditLane(table) { body in execute(lane, body) }
        }
    }

    private var devices: [AuditDevice] { table.load(ordering: .acquiring).devices }

    /// Whether anything is to be recorded at all. Every request asks, so it is one flag.
    public var hasDevices: Bool { isActive.load(ordering: .acquiring) }

    // MARK: Recording

    /// `then` is called on the request's lane, once for all that was recorded in one tick.
    public func recordRequest(
        _ subject: AuditSubject, error: EntryText?,
        then: @escaping @Sendable (AuditFailure?) -> Void
    ) {
        let time = Timestamp.now
        lane(of: subject).record(
            { $0.appendRequest(subject, error: error, at: time, to: $1) },
            then: AuditBatch.Waiting(failures: requestFailures, then: then))
    }

    public func recordResponse(
        _ response: EntryResponse, to subject: AuditSubject, error: EntryText?,
        then: @escaping @Sendable (AuditFailure?) -> Void
    ) {
        let time = Timestamp.now
        lane(of: subject).record(
            { $0.appendResponse(response, to: subject, error: error, at: time, to: $1) },
            then: AuditBatch.Waiting(failures: responseFailures, then: then))
    }

    private func lane(of subject: AuditSubject) -> AuditLane {
        lanes[Int(subject.lane.magnitude % UInt(lanes.count))]
    }

    // MARK: Devices

    public func device(at path: String) -> AuditDevice? {
        devices.first { $0.path.utf8.elementsEqual(path.utf8) }
    }

    /// Lets a device take lines from now on.
    public func add(_ device: AuditDevice) { change { $0 + [device] } }

    /// Takes a device out; what it was given before, it still writes.
    public func remove(path: String) {
        let removed = device(at: path)
        change { devices in devices.filter { !$0.path.utf8.elementsEqual(path.utf8) } }
        for lane in lanes { lane.handOver() }
        removed?.stop()
    }

    /// Takes all devices out and gives them back, so that they can be waited for.
    public func removeAll() -> [AuditDevice] {
        let removed = devices
        change { _ in [] }
        for lane in lanes { lane.handOver() }
        for device in removed { device.stop() }
        return removed
    }

    private func change(_ edit: ([AuditDevice]) -> [AuditDevice]) {
        changes.withLock { _ in
            let edited = edit(devices)
            table.store(DeviceTable(edited), ordering: .releasing)
            isActive.store(!edited.isEmpty, ordering: .releasing)
        }
    }

    /// Files are taken anew, after whoever rotates them has moved the old ones away.
    public func reopenAll() { for device in devices { device.reopen() } }

    /// Gives up on what has waited too long; to be called again and again.
    public func checkDeadlines(now: UInt64 = MonotonicClock.nowNanoseconds) {
        for device in devices { device.checkDeadline(now: now) }
    }

    /// Lines written and failed by device, for metrics.
    public var deviceCounts: [(path: String, written: UInt64, failed: UInt64)] {
        devices.map { ($0.path, $0.counts.written, $0.counts.failed) }
    }
}
