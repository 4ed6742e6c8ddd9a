// When engines want to be woken: they have no clock of their own, and may not be running when their
// time comes.

internal import Barrier
internal import Clock
internal import Cryptography
internal import Logging
internal import Synchronization

/// The next wake-up of each mount of one namespace, stored as one entry
/// `<namespace>/wake/<time>-<mount>`: the first name is the earliest, and is read without a key.
final class MountWakes: Sendable {
    private struct Wake {
        /// What the stored entry says; it stays until the engine has answered.
        var storedAt: Int64
        /// Later than that after failures.
        var dueAt: Int64
        var attempts = 0
        var isUnderWay = false
        /// What other answers asked for while the engine was being woken.
        var meanwhile: Int64?
    }

    private let barrier: Barrier
    private let folder: String
    private let logger: Logger
    private let wakes = Mutex<[UUID128: Wake]>([:])
    /// One change at a time, so that storage and memory tell the same.
    private let changes = AsyncLock()

    static func folder(_ namespacePrefix: String) -> String { namespacePrefix + "wake/" }

    init(barrier: Barrier, namespacePrefix: String, logger: Logger) throws(BackendFailure) {
        self.barrier = barrier
        self.logger = logger
        folder = Self.folder(namespacePrefix)
        var found: [UUID128: Wake] = [:]
        try barrier.forEachName(in: folder) { name in
            guard let mount = UUID128(String(name.dropFirst(17))),
                let time = Int64(name.prefix(16), radix: 16), found[mount] == nil
            else { return }
            found[mount] = Wake(storedAt: time, dueAt: time)
        }
        wakes.withLock { $0 = found }
    }

    private func key(_ mount: UUID128, _ time: Int64) -> String {
        folder + TokenStore.sortable(time) + "-" + mount.text
    }

    // MARK: Noting

    /// The mount's engine wants to be woken; returns when that is durable. An earlier wish that is
    /// known already includes this one.
    func note(_ mount: UUID128, afterSeconds seconds: UInt64, now: Int64) async {
        let time = Timestamp(seconds: now).adding(seconds: Int64(clamping: seconds)).seconds
        do throws(BackendFailure) {
            try await changes.withLock { () async throws(BackendFailure) in
                let known = self.wakes.withLock { wakes -> Wake? in
                    if let wake = wakes[mount], wake.isUnderWay {
                        wakes[mount]?.meanwhile = min(wake.meanwhile ?? time, time)
                    }
                    return wakes[mount]
                }
                if let known, known.isUnderWay || known.storedAt <= time { return }
                // Kept in memory whatever storage says: most likely the server lives until then.
                self.wakes.withLock { $0[mount] = Wake(storedAt: time, dueAt: time) }
                var batch = BarrierBatch()
                batch.puts.append((self.key(mount, time), []))
                if let known { batch.deletes.append(self.key(mount, known.storedAt)) }
                try await self.barrier.write(batch)
            }
        } catch {
            logger.error(
                "an engine's next wake-up was not stored",
                metadata: ["mount": "\(mount.text)", "error": "\(error.message)"])
        }
    }

    /// The mount is gone.
    func forget(_ mount: UUID128) async throws(BackendFailure) {
        try await changes.withLock { () async throws(BackendFailure) in
            guard let wake = self.wakes.withLock({ $0[mount] }) else { return }
            try await self.barrier.delete(self.key(mount, wake.storedAt))
            self.wakes.withLock { $0[mount] = nil }
        }
    }

    // MARK: Waking

    /// Takes the mounts whose time has come; each is given back by `done` or `failed`.
    func takeDue(now: Int64, limit: Int) -> [UUID128] {
        guard limit > 0 else { return [] }
        return wakes.withLock { wakes in
            let due = wakes.filter { !$0.value.isUnderWay && $0.value.dueAt <= now }
                .sorted { $0.value.dueAt < $1.value.dueAt }.prefix(limit).map(\.key)
            for mount in due { wakes[mount]?.isUnderWay = true }
            return due
        }
    }

    /// The engine has answered, and wants to be woken again after so many seconds; 0 = no more.
    func done(_ mount: UUID128, nextAfterSeconds seconds: UInt64, now: Int64) async {
        let later = Timestamp(seconds: now).adding(seconds: Int64(clamping: seconds)).seconds
        do throws(BackendFailure) {
            try await changes.withLock { () async throws(BackendFailure) in
                guard let wake = self.wakes.withLock({ $0[mount] }) else { return }
                let times = [seconds > 0 ? later : nil, wake.meanwhile].compactMap(\.self)
                var batch = BarrierBatch()
                batch.deletes.append(self.key(mount, wake.storedAt))
                if let next = times.min() {
                    batch.puts.append((self.key(mount, next), []))
                    // The same second again: one entry is not put and deleted at once.
                    if next == wake.storedAt { batch.deletes = [] }
                }
                try await self.barrier.write(batch)
                self.wakes.withLock {
                    $0[mount] = times.min().map { Wake(storedAt: $0, dueAt: $0) }
                }
            }
        } catch {
            // What is stored is due still: the engine is asked again.
            failed(mount, retryAt: Timestamp(seconds: now).adding(seconds: 5).seconds)
            if error.code == .sealed { return }
            logger.error(
                "an engine's next wake-up was not stored",
                metadata: ["mount": "\(mount.text)", "error": "\(error.message)"])
        }
    }

    /// How often the mount could not be woken in a row, this time included.
    func attempts(_ mount: UUID128) -> Int {
        wakes.withLock { ($0[mount]?.attempts ?? 0) + 1 }
    }

    /// Not now, then. The entry stays as it is: it is due after a restart as well.
    func failed(_ mount: UUID128, retryAt time: Int64) {
        wakes.withLock { wakes in
            wakes[mount]?.isUnderWay = false
            wakes[mount]?.attempts += 1
            wakes[mount]?.dueAt = time
        }
    }
}
