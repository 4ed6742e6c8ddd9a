// What operators see of one plugin.

internal import Clock

extension PluginSupervisor {
    var status: PluginStatus {
        let now = MonotonicClock.nowNanoseconds
        let remaining = backOff.remainingNanoseconds(now: now)
        var result = PluginStatus(
            type: file.type, version: identity?.version ?? "", phase: .stopped, pid: nil,
            digest: executable?.digestText ?? "", mounts: mounts.count,
            restarts: max(0, starts - 1), failuresInARow: backOff.failuresInARow,
            nextStartSeconds: 0, lastFailure: lastFailure)
        switch phase {
        case .running(let process, _):
            result.phase = .running
            result.pid = process.pid
        case .starting: result.phase = .starting
        case .stopped: break
        case .idle where remaining > 0:
            result.phase = .backingOff
            result.nextStartSeconds = Double(remaining) / 1_000_000_000
        case .idle: break
        }
        return result
    }
}
