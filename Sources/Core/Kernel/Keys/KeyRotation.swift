// Makes a new barrier key when the one in use is old enough. That it was used often enough is seen
// by the barrier itself, with every write.

internal import Barrier
internal import Clock
internal import Logging
internal import Synchronization

/// The schedule of one unsealing. The age of a key is stored with it, so a restart changes nothing.
final class KeyRotation: Sendable {
    private let barrier: Barrier
    private let logger: Logger
    private let current: Snapshot<KeyRotationSettings>
    private let changes = AsyncLock()
    private let watch = Mutex<Task<Void, Never>?>(nil)

    private static let key = "core/key-rotation"

    init(barrier: Barrier, logger: Logger) throws(BackendFailure) {
        self.barrier = barrier
        self.logger = logger
        var settings = KeyRotationSettings()
        if let stored = try barrier.read(Self.key) {
            settings = try KeyRotationSettings(decoding: stored.value)
        }
        current = Snapshot(settings)
        apply(settings)
    }

    var settings: KeyRotationSettings { current.value }

    func change(
        _ body: @escaping @Sendable (inout KeyRotationSettings) -> Void
    ) async throws(BackendFailure) {
        try await changes.withLock { () async throws(BackendFailure) in
            var settings = self.current.value
            body(&settings)
            settings = try settings.checked()
            try await self.barrier.put(Self.key, settings.encoded())
            self.current.store(settings)
            self.apply(settings)
        }
    }

    /// Switched off, a key is still replaced before it is used up: the alternative would be a
    /// barrier that takes no more writes.
    private func apply(_ settings: KeyRotationSettings) {
        barrier.rotateAfter(
            settings.isEnabled ? UInt64(settings.maxOperations) : barrier.maxRotationThreshold)
    }

    /// Looks at the key's age now and every minute, until `stop`.
    func start() {
        let task = Task {
            while !Task.isCancelled {
                await self.rotateIfDue(now: Timestamp.now.seconds)
                self.barrier.noteUsage()
                try? await Task.sleep(nanoseconds: KernelLimits.keyRotationCheckNanoseconds)
            }
        }
        watch.withLock { $0 = task }
    }

    func stop() {
        watch.withLock { task in
            task?.cancel()
            task = nil
        }
        barrier.noteUsage()
    }

    func rotateIfDue(now: Int64) async {
        do throws(BarrierError) {
            let installed = try barrier.keyInfo().installedAtUnixSeconds
            guard settings.isDue(installedAt: Int64(clamping: installed), now: now) else { return }
            let term = try await barrier.rotate()
            logger.info("barrier key rotated for its age", metadata: ["term": "\(term)"])
        } catch {
            logger.warning(
                "the barrier key could not be rotated", metadata: ["error": "\(error)"])
        }
    }
}
