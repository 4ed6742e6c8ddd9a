// A mount changes over to another program, or to the same one run anew, without losing a request.
//
//   start beside → handshake → take the mount over → trial → requests go there → probation
//
// Until the trial is over nothing has changed for anybody. In the probation the old process still
// has the mount and serves again if the new one ends.

internal import Kernel
internal import NIOCore
internal import Synchronization
internal import Wire

extension PluginBackend {
    func replace(
        for mount: BackendMount, rolledBack: @escaping @Sendable (_ reason: String) -> Void
    ) async throws(BackendFailure) {
        await endProbation()
        let (old, generation) = state.withLock { state in
            state.generation &+= 1
            return (state.serving.supervisor, state.generation)
        }
        let new = try host.acquire(mount, insteadOf: old)
        state.withLock { $0.other = Server(supervisor: new) }
        do throws(BackendFailure) {
            let spec = spec(mount, generation: generation)
            try await new.attach(spec, storage: storage, backend: self)
            if let end = await new.end(within: host.timings.trial) {
                throw BackendFailure(.unavailable, end)
            }
        } catch {
            state.withLock { $0.other = nil }
            await new.detach(id)
            host.giveUp(new, for: old)
            throw error
        }
        let isOver = state.withLock { state in
            // Closed meanwhile.
            guard let trusted = state.other, trusted.supervisor === new else { return true }
            state.other = state.serving
            state.serving = trusted
            return false
        }
        if isOver { throw BackendFailure(.unavailable, "the mount was closed") }
        beginProbation(of: new, old: old, rolledBack)
    }

    private func beginProbation(
        of new: PluginSupervisor, old: PluginSupervisor,
        _ rolledBack: @escaping @Sendable (_ reason: String) -> Void
    ) {
        let task = Task {
            let reason = await new.end(within: host.timings.probation)
            guard !Task.isCancelled else { return }
            if let reason {
                await rollBack(from: new, to: old)
                rolledBack(reason)
            } else {
                await retire(old)
            }
        }
        state.withLock { $0.probation = task }
    }

    /// Another change does not wait for the last one to prove itself.
    private func endProbation() async {
        let (task, old) = state.withLock { state in
            defer { state.probation = nil }
            return (state.probation, state.other?.supervisor)
        }
        guard let task else { return }
        task.cancel()
        await task.value
        if let old, state.withLock({ $0.other?.supervisor === old }) { await retire(old) }
    }

    private func rollBack(from new: PluginSupervisor, to old: PluginSupervisor) async {
        let isBack = state.withLock { state in
            guard state.serving.supervisor === new, let before = state.other else { return false }
            state.other = nil
            state.serving = before
            state.probation = nil
            return true
        }
        guard isBack else { return }
        // What waits for the new one to come up has not been sent to anybody.
        for port in new.ports.all {
            port.loop.execute {
                for one in port.takeWaiting(for: self.id) {
                    self.handle(one.request, then: one.then)
                }
            }
        }
        await new.detach(id)
        host.giveUp(new, for: old)
    }

    /// Lets a process that serves no more finish its calls, and ends the mount's use of it.
    private func retire(_ old: PluginSupervisor) async {
        await drained(old)
        let isOther = state.withLock { state in
            guard state.other?.supervisor === old else { return false }
            state.other = nil
            state.probation = nil
            return true
        }
        if isOther { await leave(old) }
    }

    /// Returns when no call of the mount is under way there; after the longest that a call may take
    /// it returns in any case.
    private func drained(_ old: PluginSupervisor) async {
        let polls = PluginHostLimits.callSeconds * 1_000 / PluginHostLimits.drainPollMilliseconds
        for _ in 0..<polls {
            var calls = 0
            for port in old.ports.all { calls += await port.calls(of: id) }
            if calls == 0 { return }
            try? await Task.sleep(nanoseconds: PluginHostLimits.drainPollMilliseconds * 1_000_000)
            if Task.isCancelled { return }
        }
    }
}
