// Undoing what an engine meant to do for a request that did not end well.

internal import Clock
internal import Logging

extension Leases {
    /// Rolls an intent back; what fails is tried again later, for as long as it takes.
    func rollBack(_ intent: PendingIntent) async {
        let problem: String
        do throws(BackendFailure) {
            guard let failure = try await rollBackOnce(intent.key) else { return }
            problem = failure.message
        } catch {
            if error.code == .sealed { return }
            problem = error.message
        }
        var next = intent
        next.attempts += 1
        next.dueAt =
            Timestamp(seconds: now)
            .adding(seconds: timings.backOffSeconds(afterAttempts: next.attempts)).seconds
        intents.schedule(next)
        logger.warning(
            "what an engine had begun could not be undone yet",
            metadata: ["attempts": "\(next.attempts)", "error": "\(problem)"])
    }

    private func rollBackOnce(_ key: String) async throws(BackendFailure) -> BackendFailure? {
        guard let stored = try intents.read(key), let mount = intents.mount(of: key) else {
            return nil
        }
        let outcome = await ask(
            .rollback, mount: mount, path: stored.path, internalData: stored.data)
        if case .failure(let failure) = outcome { return failure }
        try await intents.remove(key)
        return nil
    }

    /// A last attempt for a mount that is about to go.
    func rollBackLast(_ key: String) async {
        do throws(BackendFailure) {
            if let failure = try await rollBackOnce(key) {
                logger.error(
                    "what an engine had begun was not undone before its mount was disabled",
                    metadata: ["error": "\(failure.message)"])
                try await intents.remove(key)
            }
        } catch {
            logger.error("an intent cannot be removed", metadata: ["error": "\(error.message)"])
        }
    }
}
