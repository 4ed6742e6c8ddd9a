// The CORS rules, kept behind the barrier and ready for listeners.

internal import Barrier

final class CORSStore: Sendable {
    private let barrier: Barrier
    private let key: String
    private let table: Snapshot<CORSRules?>
    private let changes = AsyncLock()

    init(barrier: Barrier, namespacePrefix: String) throws(BackendFailure) {
        self.barrier = barrier
        key = namespacePrefix + "config/cors"
        var rules: CORSRules?
        if let stored = try barrier.read(key) {
            guard let decoded = CORSRules(decoding: stored.value) else {
                throw BackendFailure(
                    .internalError,
                    "the stored CORS settings have a form that this version does "
                        + "not know")
            }
            rules = decoded
        }
        table = Snapshot(rules)
    }

    /// `nil` while CORS is off.
    var rules: CORSRules? { table.value }

    /// Turns CORS on with these rules, or off.
    func set(_ rules: CORSRules?) async throws(BackendFailure) {
        try await changes.withLock { () async throws(BackendFailure) in
            if let rules {
                try await self.barrier.put(self.key, rules.encoded())
            } else {
                try await self.barrier.delete(self.key)
            }
            self.table.store(rules)
        }
    }
}

extension RequestPipeline {
    /// While the server is sealed nobody knows the rules: browsers then show no answer to pages of
    /// other origins.
    public func checkOrigin(_ origin: String) -> CrossOriginVerdict {
        guard let state = try? core.activeState(), let rules = state.cors.rules else {
            return .off
        }
        return rules.check(origin)
    }
}
