// The place that one process has among those that may run, from before its start until it is gone.

internal import Kernel
internal import Synchronization

final class ProcessSeat: Sendable {
    private struct State {
        var supervisor: PluginSupervisor?
        var process: PluginProcess?
        var startedAt: UInt64 = 0
        var isLeft = false
    }

    let namespaceID: String
    private let ofNamespace: @Sendable () -> [NamespaceBounds]
    private let state = Mutex(State())

    init(_ source: PluginSource) {
        namespaceID = source.namespaceID
        ofNamespace = source.bounds
    }

    /// From the narrowest to the widest.
    func bounds(_ ofServer: ProcessBound) -> [ProcessBound] {
        ofNamespace().ofProcesses + [ofServer]
    }

    /// The process runs, and can be asked to give way from now on.
    func taken(by process: PluginProcess, of supervisor: PluginSupervisor, at time: UInt64) {
        state.withLock { state in
            // It may have ended before anyone heard that it runs.
            guard !state.isLeft else { return }
            state = State(supervisor: supervisor, process: process, startedAt: time)
        }
    }

    func left() { state.withLock { $0 = State(isLeft: true) } }

    /// The process, unless it is still starting.
    var occupant: (supervisor: PluginSupervisor, process: PluginProcess)? {
        state.withLock { state in
            guard let supervisor = state.supervisor, let process = state.process else {
                return nil
            }
            return (supervisor, process)
        }
    }

    var isEnding: Bool {
        guard let occupant else { return false }
        return !occupant.process.isReady
    }

    var use: ProcessRoster.Use {
        let (process, startedAt) = state.withLock { ($0.process, $0.startedAt) }
        return .init(lastRequestAt: process?.lastRequestAt ?? 0, startedAt: startedAt)
    }
}
