// One renewal or revocation of a lease at a time, and a bounded number for a mount.

internal import Synchronization

/// Locks by name that suspend instead of blocking a thread. Only names that are in use take room.
final class LeaseLocks: Sendable {
    private struct Lock {
        var holders = 0
        /// Who waits, in the order they came.
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let width: Int
    private let held = Mutex<[String: Lock]>([:])

    /// `width` may hold the same lock at once.
    init(width: Int = 1) { self.width = width }

    func withLock<Result: Sendable>(
        _ name: String, _ body: () async throws(BackendFailure) -> Result
    ) async throws(BackendFailure) -> Result {
        await acquire(name)
        defer { release(name) }
        return try await body()
    }

    private func acquire(_ name: String) async {
        await withCheckedContinuation { continuation in
            let isFree = held.withLock { held in
                guard held[name, default: Lock()].holders < width else {
                    held[name]?.waiting.append(continuation)
                    return false
                }
                held[name, default: Lock()].holders += 1
                return true
            }
            if isFree { continuation.resume() }
        }
    }

    private func release(_ name: String) {
        let next = held.withLock { held -> CheckedContinuation<Void, Never>? in
            guard var lock = held[name] else { return nil }
            // Handed over, it stays held.
            let next = lock.waiting.isEmpty ? nil : lock.waiting.removeFirst()
            if next == nil { lock.holders -= 1 }
            held[name] = lock.holders == 0 ? nil : lock
            return next
        }
        next?.resume()
    }
}
