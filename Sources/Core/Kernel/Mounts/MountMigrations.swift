// Mounts that get another path. Their data lie below the mount's id and stay where they are.

internal import Cryptography
internal import Logging
internal import Synchronization

/// What became of a move.
struct MountMigration: Sendable {
    enum Status: String, Sendable {
        case inProgress = "in-progress"
        case success
        case failure
    }

    let source: String
    let target: String
    var status: Status
}

/// The moves of one unsealing, for those who ask; the oldest make room.
final class MountMigrations: Sendable {
    private struct State {
        var migrations: [UUID128: MountMigration] = [:]
        var order: [UUID128] = []
    }

    private let state = Mutex(State())

    subscript(id: UUID128) -> MountMigration? { state.withLock { $0.migrations[id] } }

    func begin(from source: String, to target: String) -> UUID128 {
        let id = UUID128()
        state.withLock { state in
            if state.order.count >= KernelLimits.rememberedMigrations {
                state.migrations[state.order.removeFirst()] = nil
            }
            state.order.append(id)
            state.migrations[id] = MountMigration(
                source: source, target: target, status: .inProgress)
        }
        return id
    }

    func end(_ id: UUID128, _ status: MountMigration.Status) {
        state.withLock { $0.migrations[id]?.status = status }
    }
}
