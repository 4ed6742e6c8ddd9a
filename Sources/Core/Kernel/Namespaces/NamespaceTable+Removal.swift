// Namespaces go, with everything in them, even if the server is killed in the middle.
//
// What is stored says how far it is: first the condition `deleting`, which lets no request in; then
// the engines undo what they gave out; then the key is destroyed, and from there on the data are
// unreadable whatever happens; then the data are removed, and the record last.

internal import Barrier
internal import Cryptography
internal import Logging
internal import Synchronization

extension NamespaceTable {
    /// Begins to remove a namespace; the rest goes on in the background. `false` if there is none.
    func delete(_ path: NamespacePath, below parent: Namespace) async throws(BackendFailure) -> Bool
    {
        let found = try await changes.withLock { () async throws(BackendFailure) -> Namespace? in
            guard var namespace = self.find(path, below: parent) else { return nil }
            guard self.tree.value.descendants(of: namespace).isEmpty else {
                throw BackendFailure(
                    .invalidRequest,
                    "cannot delete namespace \"\(namespace.path)\": it has child namespaces")
            }
            guard namespace.condition == .active else { return namespace }
            namespace.condition = .deleting
            try await self.store(namespace)
            return namespace
        }
        guard let namespace = found else { return false }
        beginRemoval(of: namespace)
        return true
    }

    /// Goes on with what an earlier run of the server has begun.
    func resumeRemovals() {
        for node in tree.value.all where node.namespace.condition == .deleting {
            beginRemoval(of: node.namespace)
        }
        let strays = Task(priority: .utility) { await self.removeStrays() }
        removals.withLock { $0[""] = strays }
    }

    /// Waits for nothing but the step that each of them is at.
    func endRemovals() async {
        let tasks = removals.withLock { tasks in
            defer { tasks = [:] }
            return Array(tasks.values)
        }
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
    }

    private func beginRemoval(of namespace: Namespace) {
        removals.withLock { tasks in
            guard tasks[namespace.id] == nil else { return }
            tasks[namespace.id] = Task(priority: .utility) {
                await self.remove(namespace)
                self.removals.withLock { $0[namespace.id] = nil }
            }
        }
    }

    /// Tries until it is done: a store that is full now may not be so later.
    private func remove(_ namespace: Namespace) async {
        let logger = surroundings.logger
        var wait: UInt64 = 1
        while !Task.isCancelled {
            do throws(BackendFailure) {
                try await removeOnce(namespace)
                return logger.info(
                    "namespace deleted",
                    metadata: ["path": "\(namespace.path)", "id": "\(namespace.id)"])
            } catch {
                if error.code == .sealed { return }
                logger.error(
                    "a namespace could not be removed yet",
                    metadata: ["path": "\(namespace.path)", "error": "\(error.message)"])
            }
            try? await Task.sleep(nanoseconds: wait * 1_000_000_000)
            wait = min(wait * 2, 60)
        }
    }

    private func removeOnce(_ namespace: Namespace) async throws(BackendFailure) {
        let barrier = surroundings.barrier
        let key = Self.keyFolder + namespace.id
        if try barrier.read(key) != nil {
            try await endWhatWasGiven(in: namespace)
            if Task.isCancelled { throw BackendFailure(.sealed, "Vault is sealed") }
            try await barrier.delete(key)
        }
        barrier.removeNamespaceKey(for: namespace.id)
        try await barrier.deleteFolder(namespace.storagePrefix)
        if let alsoRemove = whenRemoved.withLock({ $0 }) { try await alsoRemove(namespace) }
        try await changes.withLock { () async throws(BackendFailure) in
            try await barrier.delete(Self.folder + namespace.id)
            self.publish(self.tree.value.removing(namespace))
        }
    }

    /// The engines undo what they gave out, as far as they do so in time, and end.
    private func endWhatWasGiven(in namespace: Namespace) async throws(BackendFailure) {
        guard let node = tree.value[id: namespace.id] else { return }
        let state: NamespaceState
        do throws(BackendFailure) { state = try await self.state(of: node) } catch {
            return surroundings.logger.error(
                "what a namespace gave out cannot be revoked: it cannot be read",
                metadata: ["path": "\(namespace.path)", "error": "\(error.message)"])
        }
        let mounts = state.mounts.all.filter { !$0.isBuiltIn }
        let ending = Task {
            await withTaskGroup(of: Void.self) { group in
                for mount in mounts { group.addTask { await state.leases.end(mount) } }
            }
        }
        let deadline = Task {
            // Cancelled, it wakes before its time, and then has nothing to say.
            let limit = KernelLimits.namespaceEndSeconds * 1_000_000_000
            if (try? await Task.sleep(nanoseconds: limit)) != nil { ending.cancel() }
        }
        await withTaskCancellationHandler {
            await ending.value
        } onCancel: {
            ending.cancel()
        }
        deadline.cancel()
        try await state.tokens.leaveParents()
        await state.close()
        await surroundings.launcher.endAll(of: namespace.id)
    }

    /// A write that was under way while its namespace was removed may have left something behind.
    /// Without record and key nobody can read it.
    private func removeStrays() async {
        let barrier = surroundings.barrier
        do throws(BackendFailure) {
            var strays: [String] = []
            try barrier.forEachName(in: "ns/") { name throws(BackendFailure) in
                let id = String(name.dropLast())
                guard tree.value[id: id] == nil, try barrier.read(Self.keyFolder + id) == nil
                else { return }
                strays.append(id)
            }
            for id in strays where !Task.isCancelled {
                try await barrier.deleteFolder(NamespaceState.prefix(id))
            }
        } catch {
            if error.code == .sealed { return }
            surroundings.logger.warning(
                "what deleted namespaces left could not be removed",
                metadata: ["error": "\(error.message)"])
        }
    }
}
