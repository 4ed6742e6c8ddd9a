// How long an engine is asked that fails again and again.

internal import Synchronization

/// Ends when as many attempts in a row have failed as may be under way at once.
final class EnginePatience: Sendable {
    private let failuresInARow = Atomic<Int>(0)

    var isOver: Bool {
        failuresInARow.load(ordering: .relaxed) >= KernelLimits.revocationsAtOnce
    }

    func note(isWell: Bool) {
        if isWell {
            failuresInARow.store(0, ordering: .relaxed)
        } else {
            failuresInARow.add(1, ordering: .relaxed)
        }
    }
}
