// Wakes engines whose time has come, for as long as the server is unsealed.

internal import Clock
internal import Cryptography
internal import Logging
internal import Paths

/// A bounded number of engines of one namespace is woken at once, each mount by one call: an engine
/// that hangs holds up its own mount only.
actor WakeSweep {
    private let state: NamespaceState
    private let logger: Logger
    private var calls: [UUID128: Task<Void, Never>] = [:]

    init(_ state: NamespaceState, _ logger: Logger) {
        self.state = state
        self.logger = logger
    }

    func tick(now: Int64) {
        let room = KernelLimits.wakesAtOnce - calls.count
        for mount in state.wakes.takeDue(now: now, limit: room) {
            calls[mount] = Task(priority: .utility) {
                await self.wake(mount)
                self.calls[mount] = nil
            }
        }
    }

    func end() {
        for call in calls.values { call.cancel() }
    }

    private func wake(_ id: UUID128) async {
        let wakes = state.wakes
        guard let mount = state.mounts[id: id] else {
            // A failure leaves it for the next time.
            do throws(BackendFailure) { try await wakes.forget(id) } catch { retry(id) }
            return
        }
        // A mount that is going or moving begins nothing new.
        guard state.mounts.isServing(id) else {
            retry(id)
            return
        }
        switch await ask(mount) {
        case .success(let answer):
            await wakes.done(
                id, nextAfterSeconds: answer.wakeSeconds, now: Timestamp.now.seconds)
        case .failure(let failure)
        where failure.code == .unsupportedOperation || failure.code == .unsupportedPath:
            // Another version of the engine, which does nothing by itself any more.
            await wakes.done(id, nextAfterSeconds: 0, now: Timestamp.now.seconds)
        case .failure(let failure):
            let attempts = retry(id)
            if failure.code == .sealed { return }
            logger.warning(
                "an engine could not be woken",
                metadata: [
                    "mount": "\(mount.entry.route)", "attempts": "\(attempts)",
                    "error": "\(failure.message)",
                ])
        }
    }

    private func ask(_ mount: Mount) async -> Result<BackendAnswer, BackendFailure> {
        let backend: any Backend
        do throws(BackendFailure) { backend = try await state.mounts.backend(of: mount) } catch {
            return .failure(error)
        }
        return await EngineCall(
            backend: backend, operation: .wake, path: "", seconds: KernelLimits.engineCallSeconds
        ).answer()
    }

    @discardableResult
    private func retry(_ mount: UUID128) -> Int {
        let attempts = state.wakes.attempts(mount)
        let wait = state.leases.timings.backOffSeconds(afterAttempts: attempts)
        state.wakes.failed(
            mount, retryAt: Timestamp(seconds: Timestamp.now.seconds).adding(seconds: wait).seconds)
        return attempts
    }
}
