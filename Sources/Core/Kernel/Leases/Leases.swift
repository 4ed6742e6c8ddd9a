// The leases of one namespace: given out, renewed, ended.

internal import Clock
internal import Cryptography
internal import Logging
internal import Paths
internal import Synchronization

/// What the core does with leases. Storage is `LeaseStore`'s; this knows the engines too.
final class Leases: Sendable {
    let store: LeaseStore
    let mounts: MountTable
    let intents: IntentStore
    let wakes: MountWakes
    let timings: LeaseTimings
    let logger: Logger
    /// Of many revocations, some at a time are at one mount's engine; by the mount.
    let turns = LeaseLocks(width: KernelLimits.revocationsAtOnce)
    let isTidying = Atomic<Bool>(false)

    init(
        store: LeaseStore, mounts: MountTable, intents: IntentStore, wakes: MountWakes,
        timings: LeaseTimings, logger: Logger
    ) {
        self.store = store
        self.mounts = mounts
        self.intents = intents
        self.wakes = wakes
        self.timings = timings
        self.logger = logger
    }

    var now: Int64 { Timestamp.now.seconds }

    /// What bounds the lifetimes at a mount.
    func bounds(_ mount: Mount) -> LeaseBounds {
        let lifetimes = mounts.lifetimes(mount.entry.settings)
        return LeaseBounds(
            defaultTTLSeconds: lifetimes.defaultTTL, maxTTLSeconds: lifetimes.maxTTL)
    }

    /// Asks a lease's engine. A mount that is gone and an engine that does not come up are
    /// failures like the engine's own.
    func ask(
        _ operation: LeaseOperation, mount id: UUID128, path: String, data: [UInt8] = [],
        internalData: [UInt8]
    ) async -> Result<BackendAnswer, BackendFailure> {
        guard let mount = mounts[id: id] else {
            return .failure(BackendFailure(.unsupportedPath, "its mount is not there any more"))
        }
        let backend: any Backend
        do throws(BackendFailure) { backend = try await mounts.backend(of: mount) } catch {
            return .failure(error)
        }
        let outcome = await EngineCall(
            backend: backend, operation: operation.operation, path: path, data: data,
            internalData: internalData, seconds: timings.callSeconds
        ).answer()
        if case .success(let answer) = outcome, answer.wakeSeconds > 0 {
            await wakes.note(id, afterSeconds: answer.wakeSeconds, now: now)
        }
        return outcome
    }
}

/// What the core asks an engine about its leases. No client can ask for one of these.
enum LeaseOperation: Sendable {
    case renew
    case revoke
    case rollback

    var operation: Paths.Operation {
        switch self {
        case .renew: .renew
        case .revoke: .revoke
        case .rollback: .rollback
        }
    }
}
