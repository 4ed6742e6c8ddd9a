// Sees to it that what ends by itself ends, in all namespaces, also in those that nobody uses.

internal import Barrier
internal import Clock
internal import Logging

/// One loop for the whole server, while it is unsealed. A namespace whose tables are not in memory
/// costs a number: when something of it is due first. Then its tables are read.
actor ExpiryKeeper {
    private let namespaces: NamespaceTable
    private let milliseconds: UInt64
    private let logger: Logger
    private var sweeps: [String: NamespaceSweep] = [:]
    private var dueAt: [String: Int64] = [:]
    private var opening: Set<String> = []

    init(_ namespaces: NamespaceTable) {
        self.namespaces = namespaces
        milliseconds = namespaces.surroundings.settings.leaseTimings.sweepMilliseconds
        logger = namespaces.surroundings.logger
    }

    func run() async {
        for node in namespaces.tree.value.all where node.state == nil {
            noteFirst(of: node.namespace)
        }
        while !Task.isCancelled {
            let now = Timestamp.now.seconds
            for node in namespaces.tree.value.all { await look(at: node, now: now) }
            try? await Task.sleep(nanoseconds: milliseconds &* 1_000_000)
        }
        for sweep in sweeps.values { await sweep.end() }
    }

    /// Nothing goes on in a namespace that is being removed but its removal.
    private func forget(_ id: String) async {
        dueAt[id] = nil
        await sweeps.removeValue(forKey: id)?.end()
    }

    private func look(at node: NamespaceNode, now: Int64) async {
        let namespace = node.namespace
        guard namespace.condition == .active else { return await forget(namespace.id) }
        guard let state = node.state else {
            guard let due = dueAt[namespace.id], due <= now, !opening.contains(namespace.id) else {
                return
            }
            opening.insert(namespace.id)
            Task {
                await self.open(node)
                self.opening.remove(namespace.id)
            }
            return
        }
        dueAt[namespace.id] = nil
        let known = sweeps[namespace.id]
        let sweep = known ?? NamespaceSweep(state, logger)
        if known == nil { sweeps[namespace.id] = sweep }
        await sweep.tick(now: now)
    }

    private func open(_ node: NamespaceNode) async {
        do throws(BackendFailure) { _ = try await namespaces.state(of: node) } catch {
            // Not again at once: what cannot be read now cannot be read in half a second.
            dueAt[node.namespace.id] = Timestamp.now.adding(seconds: 60).seconds
            if error.code == .sealed { return }
            logger.error(
                "a namespace cannot be read",
                metadata: ["path": "\(node.namespace.path)", "error": "\(error.message)"])
        }
    }

    /// Reads names only, which needs no key.
    private func noteFirst(of namespace: Namespace) {
        do throws(BackendFailure) {
            dueAt[namespace.id] = try namespaces.surroundings.barrier.firstDue(in: namespace)
        } catch {
            // Its tables say more.
            dueAt[namespace.id] = 0
        }
    }
}

extension Barrier {
    /// When the first of a namespace's tokens and leases ends or the first of its engines is woken;
    /// `nil` if there is none that does.
    fileprivate func firstDue(in namespace: Namespace) throws(BackendFailure) -> Int64? {
        let prefix = namespace.storagePrefix
        if try !names(prefix + "lease/intent/", after: "", limit: 1).isEmpty { return 0 }
        var first = try time(firstIn: prefix + "token/expiry/")
        if let wake = try time(firstIn: MountWakes.folder(prefix)) {
            first = min(first ?? wake, wake)
        }
        try forEachName(in: prefix + "lease/due/") { mount throws(BackendFailure) in
            guard let time = try time(firstIn: prefix + "lease/due/" + mount) else { return }
            first = min(first ?? time, time)
        }
        return first
    }

    /// Names in these folders begin with a time, so the first name is the earliest.
    private func time(firstIn folder: String) throws(BackendFailure) -> Int64? {
        try names(folder, after: "", limit: 1).first.map { Int64($0.prefix(16), radix: 16) ?? 0 }
    }
}
