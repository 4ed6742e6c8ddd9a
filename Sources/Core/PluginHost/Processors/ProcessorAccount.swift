// What one plugin has to answer for when it takes processor time, whichever of its processes took
// it: a plugin that ends and is started again does not begin anew.

internal import Logging
internal import Synchronization

final class ProcessorAccount: Sendable {
    /// For messages: `plugin "kv"`.
    let label: String
    let logger: Logger
    let trust: Trust
    private let lanes = Mutex<[LaneConnection]>([])
    /// Of processes that are gone.
    private let answeredBefore = Atomic<UInt64>(0)
    /// Whether it is held back now, and how often that began.
    let isHeldBack = Atomic<Bool>(false)
    let timesHeldBack = Atomic<Int>(0)

    init(label: String, isBuiltIn: Bool, logger: Logger) {
        self.label = label
        trust = isBuiltIn ? ProcessorLimits.builtIn : ProcessorLimits.registered
        self.logger = logger
    }

    /// Clients' requests that it has answered.
    var answered: UInt64 {
        lanes.withLock { lanes in
            lanes.reduce(answeredBefore.load(ordering: .relaxed)) {
                $0 &+ $1.answeredRequests.load(ordering: .relaxed)
            }
        }
    }

    func opened(_ lane: LaneConnection) { lanes.withLock { $0.append(lane) } }

    func closed(_ lane: LaneConnection) {
        lanes.withLock { lanes in
            guard let index = lanes.firstIndex(where: { $0 === lane }) else { return }
            lanes.remove(at: index)
            answeredBefore.wrappingAdd(
                lane.answeredRequests.load(ordering: .relaxed), ordering: .relaxed)
        }
    }
}
