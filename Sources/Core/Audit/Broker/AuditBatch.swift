// The lines of one tick of one lane, on their way to all devices.

internal import Metrics
internal import Synchronization

/// Recorded as soon as one device has written it; not recorded when the last one has failed.
/// Whoever waits is told once, on the lane.
final class AuditBatch: Sendable {
    /// Who waits for a line, and what counts its failure.
    struct Waiting: Sendable {
        let failures: Counter?
        let then: @Sendable (AuditFailure?) -> Void
    }

    private struct State {
        var devicesLeft: Int
        var waiting: [Waiting]
    }

    private let state: Mutex<State>
    private let deliver: @Sendable (@escaping @Sendable () -> Void) -> Void

    init(
        _ waiting: [Waiting], devices: Int,
        deliver: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void
    ) {
        state = Mutex(State(devicesLeft: devices, waiting: waiting))
        self.deliver = deliver
    }

    /// One device is done with the batch.
    ///
    /// - Parameter isOnItsLoop: whether this is the loop of those who wait, with nothing of theirs
    ///   below it on the stack.
    func deviceIsDone(isWritten: Bool, isOnItsLoop: Bool = false) {
        let waiting = state.withLock { state -> [Waiting] in
            state.devicesLeft -= 1
            guard isWritten || state.devicesLeft <= 0 else { return [] }
            defer { state.waiting = [] }
            return state.waiting
        }
        guard !waiting.isEmpty else { return }
        let failure = isWritten ? nil : Self.notRecorded
        let tell: @Sendable () -> Void = {
            for one in waiting {
                if failure != nil { one.failures?.increment() }
                one.then(failure)
            }
        }
        if isOnItsLoop { tell() } else { deliver(tell) }
    }

    static let notRecorded = AuditFailure(.notRecorded, "no audit device recorded it")
}
