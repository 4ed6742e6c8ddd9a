// What operators see of one plugin.

internal import Clock
internal import Kernel
internal import Synchronization

extension PluginSupervisor {
    var status: PluginStatus {
        get async {
            var result = known
            guard case .running(let process, let since) = phase else { return result }
            result.uptimeSeconds = Int64(
                clamping: (MonotonicClock.nowNanoseconds &- since) / 1_000_000_000)
            result.memoryBytes = process.pid.flatMap(ProcessMemory.residentBytes)
            for activity in await process.activity { result.callsInFlight += activity.calls }
            return result
        }
    }

    private var known: PluginStatus {
        let remaining = backOff.remainingNanoseconds(now: MonotonicClock.nowNanoseconds)
        var result = PluginStatus(type: source.name, kind: source.kind)
        result.namespaceID = source.namespaceID
        result.owner = source.owner
        result.entryVersion = source.program?.version ?? ""
        result.version =
            result.entryVersion.isEmpty ? identity?.version ?? "" : result.entryVersion
        result.digest = executable?.digestText ?? ""
        result.mounts = mounts.count
        result.restarts = max(0, starts - 1 - idleStops)
        result.idleStops = idleStops
        result.timesHeldBack = account.timesHeldBack.load(ordering: .relaxed)
        result.isHeldBack = account.isHeldBack.load(ordering: .relaxed)
        result.refused = refusals.counts
        result.refusalsAreReported = isHeard
        result.failuresInARow = backOff.failuresInARow
        result.lastEnd = lastEnd
        result.sandbox = sandboxState.name
        result.sandboxGaps = sandboxState.gaps
        result.userID = userID
        switch phase {
        case .running(let process, _):
            result.phase = .running
            result.pid = process.pid
        case .starting: result.phase = .starting
        case .stopped: result.phase = .stopped
        case .idle where remaining > 0:
            result.phase = .backingOff
            result.nextStartSeconds = Double(remaining) / 1_000_000_000
        case .idle: break
        }
        return result
    }
}
