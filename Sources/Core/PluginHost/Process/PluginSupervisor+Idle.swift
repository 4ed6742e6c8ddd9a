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
        // To know what an engine declares it is started once; until somebody calls it, a mount
        // needs no more of it.
        let longest = UInt64(clamping: timings.idle.nanoseconds)
        let kept = process.lastRequestAt == 0 ? longest / 4 : longest
        let isIdle = idleSince <= now && now - idleSince >= kept
        guard isIdle, isFree(process) else { return watchIdleness(of: process) }
        endIdle(process, "\(label) is idle and is stopped")
    }

    /// Ends the process if it has nothing to do, so that another can be started in its place.
    func giveWay(_ process: PluginProcess) async -> Bool {
        guard isFree(process) else { return false }
        let isBusy = await process.activity.contains { $0.calls > 0 }
        guard !isBusy, isFree(process) else { return false }
        endIdle(process, "\(label) is idle and is stopped to make room for another")
        return true
    }

    private func isFree(_ process: PluginProcess) -> Bool {
        guard case .running(process, _) = phase else { return false }
        return pendingMounts == 0
    }

    private func endIdle(_ process: PluginProcess, _ message: String) {
        phase = .idle
        idleStops += 1
        logger.info("\(message)", metadata: ["pid": "\(process.pid ?? 0)"])
        // A request that is just now on its way is finished, however long it takes.
        process.beginStop(drainingFor: .seconds(Int64(clamping: PluginHostLimits.callSeconds)))
    }
}
