// Which supervisors there are: one for each thing that is run, and those whose place another has
// taken and that still end their work.

internal import Kernel
internal import Synchronization

/// Counts the mounts of each supervisor, so that none is forgotten while it may have a process.
final class SupervisorTable: Sendable {
    private struct Entry {
        let supervisor: PluginSupervisor
        var uses = 0
    }

    private struct State {
        var current: [PluginSource.Key: Entry] = [:]
        var replaced: [ObjectIdentifier: Entry] = [:]
        var isShutDown = false
    }

    private let state = Mutex(State())

    var all: [PluginSupervisor] {
        state.withLock { state in
            (state.current.values.map(\.supervisor) + state.replaced.values.map(\.supervisor))
        }
    }

    /// The supervisor for `key`, made if need be, with one more use. `nil` after the end.
    ///
    /// - Parameter old: one that must not be used again: another takes its place.
    func acquire(
        _ key: PluginSource.Key, insteadOf old: PluginSupervisor? = nil,
        make: () -> PluginSupervisor
    ) -> PluginSupervisor? {
        state.withLock { state in
            guard !state.isShutDown else { return nil }
            var entry = state.current[key]
            if let known = entry, known.supervisor === old {
                state.replaced[ObjectIdentifier(known.supervisor)] = known
                entry = nil
            }
            var used = entry ?? Entry(supervisor: make())
            used.uses += 1
            state.current[key] = used
            return used.supervisor
        }
    }

    /// One use less. What nobody uses is forgotten, unless it is kept for what is known of it: a
    /// plugin that does not start is not to be started again at once for everybody who asks.
    func release(_ supervisor: PluginSupervisor, isKept: Bool = false) {
        state.withLock { state in
            let id = ObjectIdentifier(supervisor)
            let key = supervisor.source.key
            if var entry = state.replaced[id] {
                entry.uses -= 1
                state.replaced[id] = entry.uses > 0 ? entry : nil
            } else if var entry = state.current[key], entry.supervisor === supervisor {
                entry.uses -= 1
                state.current[key] = entry.uses > 0 || isKept ? entry : nil
            }
        }
    }

    /// Another that was to take the place of `old` did not: new mounts use the old one again.
    func restore(_ old: PluginSupervisor, insteadOf new: PluginSupervisor) {
        state.withLock { state in
            let id = ObjectIdentifier(old)
            let key = old.source.key
            guard let entry = state.replaced[id] else { return }
            if let current = state.current[key] {
                guard current.supervisor === new else { return }
                state.replaced[ObjectIdentifier(new)] = current
            }
            state.replaced[id] = nil
            state.current[key] = entry
        }
    }

    /// A supervisor runs something else from now on, as `change` tells it. Where another runs that
    /// already, new mounts go to the other.
    func move(
        _ supervisor: PluginSupervisor, to key: PluginSource.Key, _ change: () -> Void
    ) {
        state.withLock { state in
            let old = supervisor.source.key
            change()
            guard let entry = state.current[old], entry.supervisor === supervisor else { return }
            state.current[old] = nil
            if state.current[key] == nil {
                state.current[key] = entry
            } else {
                state.replaced[ObjectIdentifier(supervisor)] = entry
            }
        }
    }

    /// Forgets and hands over all of them.
    func takeAll(forGood: Bool) -> [PluginSupervisor] {
        state.withLock { state in
            if forGood { state.isShutDown = true }
            return Self.take(from: &state) { _ in true }
        }
    }

    /// Forgets and hands over those of one namespace.
    func takeAll(of namespaceID: String) -> [PluginSupervisor] {
        state.withLock { Self.take(from: &$0) { $0.source.namespaceID == namespaceID } }
    }

    private static func take(
        from state: inout State, where matches: (PluginSupervisor) -> Bool
    ) -> [PluginSupervisor] {
        let all = Array(state.current.values) + state.replaced.values
        state.current = state.current.filter { !matches($0.value.supervisor) }
        state.replaced = state.replaced.filter { !matches($0.value.supervisor) }
        return all.map(\.supervisor).filter(matches)
    }
}
