// Revokes what has come to its end, for as long as the server is unsealed.

internal import Clock
internal import Cryptography
internal import Logging

/// One worker for each mount that has something due, so that an engine which is slow, fails or
/// hangs holds up its own leases only. A worker has a bounded number of calls under way and reads a
/// page of the index at a time: a great many leases at once cost time and not memory.
actor LeaseSweep {
    private let leases: Leases
    private var workers: [UUID128: Task<Void, Never>] = [:]
    private var rollbacks: Set<String> = []

    init(_ leases: Leases) { self.leases = leases }

    /// Called once, before the first tick.
    func begin() {
        do throws(BackendFailure) {
            // What each mount has first is read by its worker; here it is only noted that there is
            // something.
            for mount in try leases.store.mountsWithLeases() {
                leases.store.agenda.note(mount, dueAt: 0)
            }
        } catch {
            leases.logger.error("leases cannot be read", metadata: ["error": "\(error.message)"])
        }
    }

    func end() {
        for worker in workers.values { worker.cancel() }
    }

    func tick(now: Int64) {
        for mount in leases.store.agenda.takeDue(now: now) {
            guard workers[mount] == nil else {
                leases.store.agenda.note(mount, dueAt: now)
                continue
            }
            workers[mount] = Task(priority: .utility) {
                await self.leases.revokeWhatIsDue(mount)
                self.workers[mount] = nil
            }
        }
        let room = KernelLimits.rollbacksAtOnce - rollbacks.count
        for intent in leases.intents.takeDue(now: now, limit: max(0, room)) {
            rollbacks.insert(intent.key)
            Task(priority: .utility) {
                await self.leases.rollBack(intent)
                self.rollbacks.remove(intent.key)
            }
        }
    }
}

extension Leases {
    /// Revokes what is due for a mount until nothing is, and notes when there will be something.
    fileprivate func revokeWhatIsDue(_ mount: UUID128) async {
        while !Task.isCancelled {
            let now = now
            do throws(BackendFailure) {
                var due = DueLeases(mount, store, now: now)
                try await revoke(&due)
                guard due.isEmpty else { continue }
                if let next = due.upcoming { store.agenda.note(mount, dueAt: next) }
                return
            } catch {
                guard !Task.isCancelled, error.code != .sealed else { return }
                logger.error(
                    "expired leases were not revoked", metadata: ["error": "\(error.message)"])
                let later = Timestamp(seconds: now).adding(seconds: 5).seconds
                return store.agenda.note(mount, dueAt: later)
            }
        }
    }

    private func revoke(_ due: inout DueLeases) async throws(BackendFailure) {
        var failure: BackendFailure?
        let now = due.now
        try await inSlidingWindow(of: KernelLimits.leaseEndingsAtOnce) {
            () async throws(BackendFailure) in
            failure == nil && !Task.isCancelled ? try due.next() : nil
        } work: { key -> BackendFailure? in
            do throws(BackendFailure) {
                try await self.revokeDue(indexKey: key, now: now)
                return nil
            } catch { return error }
        } ended: {
            failure = failure ?? $0
        }
        if let failure { throw failure }
    }
}

/// What is due for a mount, the longest overdue first.
private struct DueLeases {
    let now: Int64
    private let folder: String
    private var names: FolderNames
    private(set) var isEmpty = true
    /// When the next one is, once all are seen.
    private(set) var upcoming: Int64?

    init(_ mount: UUID128, _ store: LeaseStore, now: Int64) {
        self.now = now
        folder = store.dueFolder(mount)
        names = FolderNames(folder, store.barrier)
    }

    /// The index entry of one.
    mutating func next() throws(BackendFailure) -> String? {
        guard upcoming == nil, let name = try names.next() else { return nil }
        // A name that is no time comes from nowhere; looking at it now removes it.
        let time = Int64(name.prefix(16), radix: 16) ?? 0
        guard time <= now else {
            upcoming = time
            return nil
        }
        isEmpty = false
        return folder + name
    }
}
