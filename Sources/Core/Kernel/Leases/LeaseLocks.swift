// One renewal or revocation of a lease at a time.

internal import Synchronization

/// Locks by name that suspend instead of blocking a thread. Only names that are in use take room.
final class LeaseLocks: Sendable {
    /// Who waits for each held name, in the order they came.
    private let held = Mutex<[String: [CheckedContinuation<Void, Never>]]>([:])

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
                if held[name] == nil {
                    held[name] = []
                    return true
                }
                held[name]?.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    private func release(_ name: String) {
        let next = held.withLock { held -> CheckedContinuation<Void, Never>? in
            guard var waiting = held[name], !waiting.isEmpty else {
                held[name] = nil
                return nil
            }
            let first = waiting.removeFirst()
            held[name] = waiting
            return first
        }
        next?.resume()
    }
}
