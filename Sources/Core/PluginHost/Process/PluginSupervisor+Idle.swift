// A process that has nothing to do is ended. Clients do not notice: the next request starts it
// again and waits for that.

internal import Clock
internal import Kernel
internal import Logging
internal import NIOCore

extension PluginSupervisor {
    /// Looks again and again until the process is gone.
    func watchIdleness(of process: PluginProcess) {
        let every = max(1, timings.idle.nanoseconds / 4)
        loops[0].scheduleTask(in: .nanoseconds(every)) { [weak self, weak process] in
            guard let self, let process else { return }
            Task { await self.lookAtIdleness(of: process) }
        }
    }

    private func lookAtIdleness(of process: PluginProcess) async {
        guard case .running(process, _) = phase else { return }
        let idleSince = await process.activity.map { $0.calls > 0 ? .max : $0.lastAt }.max() ?? 0
        let now = MonotonicClock.nowNanoseconds
        let isIdle =
            idleSince <= now && now - idleSince >= UInt64(clamping: timings.idle.nanoseconds)
        guard case .running(process, _) = phase, isIdle, pendingMounts == 0 else {
            return watchIdleness(of: process)
        }
        phase = .idle
        idleStops += 1
        logger.info("\(label) is idle and is stopped", metadata: ["pid": "\(process.pid ?? 0)"])
        // A request that is just now on its way is finished, however long it takes.
        await process.stop(drainingFor: .seconds(Int64(clamping: PluginHostLimits.callSeconds)))
    }
}
