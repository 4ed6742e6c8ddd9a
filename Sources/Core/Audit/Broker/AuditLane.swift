// The lines of one event loop, gathered until the end of its tick.

internal import Atomics
internal import Clock
internal import Synchronization

/// Lines are made here, on the thread that records; the devices get them once a tick. The lock is
/// for the few requests that come from a task: on the loop itself it is free.
final class AuditLane: Sendable {
    private struct Slot {
        let device: AuditDevice
        let formatter: LineFormatter
        var lines = LineSupply()
        /// Decided once for a batch, so that a device has all of its lines or none.
        var isIncluded = false
    }

    private struct State: ~Copyable {
        var table: DeviceTable
        var slots: [Slot] = []
        var waiting: [AuditBatch.Waiting] = []
        var isScheduled = false
    }

    /// A batch with what each device gets of it.
    private struct Parcel: Sendable {
        let batch: AuditBatch
        let lines: Int
        let parts: [(device: AuditDevice, lines: LineBuffer)]
    }

    private let state: Mutex<State>
    private let devices: ManagedAtomic<DeviceTable>
    private let execute: @Sendable (@escaping @Sendable () -> Void) -> Void

    init(
        _ devices: ManagedAtomic<DeviceTable>,
        execute: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void
    ) {
        self.devices = devices
        self.execute = execute
        state = Mutex(State(table: DeviceTable([])))
    }

    /// Has `line` make a line for each device, and `then` called when they are written.
    func record(
        _ line: (LineFormatter, LineBuffer) -> Void,
        then: AuditBatch.Waiting
    ) {
        let now = MonotonicClock.nowNanoseconds
        let recorded = state.withLock { state -> (earlier: Parcel?, schedules: Bool)? in
            // Under the lock, so that no line is made for a device after `handOver` for its end.
            let table = devices.load(ordering: .acquiring)
            // The last device went between the question whether there is one and this.
            if table.devices.isEmpty { return nil }
            var earlier: Parcel?
            if state.table !== table {
                // Devices came or went; what was made for those before goes to those before.
                earlier = take(&state)
                state.table = table
                state.slots = table.devices.map {
                    Slot(
                        device: $0,
                        formatter: LineFormatter(
                            deviceID: $0.id, format: $0.format, salt: $0.salt))
                }
            }
            if state.waiting.isEmpty {
                for index in state.slots.indices {
                    state.slots[index].isIncluded =
                        state.slots[index].device.takesLines(now: now)
                }
            }
            for index in state.slots.indices where state.slots[index].isIncluded {
                line(state.slots[index].formatter, state.slots[index].lines.current)
            }
            state.waiting.append(then)
            defer { state.isScheduled = true }
            return (earlier, !state.isScheduled)
        }
        guard let recorded else { return then.then(nil) }
        if let earlier = recorded.earlier { send(earlier) }
        if recorded.schedules { execute { self.flush() } }
    }

    /// The end of the tick.
    private func flush() {
        let parcel = state.withLock { state in
            state.isScheduled = false
            return take(&state)
        }
        if let parcel { send(parcel, mayWrite: true) }
    }

    /// Gives the devices what was gathered so far, before one of them stops.
    func handOver() {
        if let parcel = state.withLock({ take(&$0) }) { send(parcel) }
    }

    private func take(_ state: inout State) -> Parcel? {
        guard !state.waiting.isEmpty else { return nil }
        var parts: [(device: AuditDevice, lines: LineBuffer)] = []
        for index in state.slots.indices where state.slots[index].isIncluded {
            parts.append((state.slots[index].device, state.slots[index].lines.take()))
        }
        let lines = state.waiting.count
        let batch = AuditBatch(state.waiting, devices: parts.count, deliver: execute)
        state.waiting = []
        return Parcel(batch: batch, lines: lines, parts: parts)
    }

    private func send(_ parcel: Parcel, mayWrite: Bool = false) {
        guard !parcel.parts.isEmpty else { return parcel.batch.deviceIsDone(isWritten: false) }
        let now = MonotonicClock.nowNanoseconds
        for part in parcel.parts {
            part.device.offer(
                part.lines, count: parcel.lines, of: parcel.batch, now: now, mayWrite: mayWrite)
        }
    }
}
