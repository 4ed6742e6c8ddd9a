// The mounts of one plugin: attached, changed, detached, and announced to each new process.

internal import Cryptography
internal import Kernel
internal import Logging
internal import NIOCore
internal import Paths
internal import Wire

extension PluginSupervisor {
    /// Makes the mount known to the running plugin, which is started for it if need be.
    func attach(
        _ spec: MountSpec, storage: MountStorage, backend: PluginBackend
    ) async throws(BackendFailure) {
        pendingMounts += 1
        defer { pendingMounts -= 1 }
        let process = try await running()
        let mounted = Mounted(
            spec: spec, storage: storage, backend: WeakBackend(backend: backend))
        do throws(BackendFailure) {
            try await announce(mounted, to: process, isNew: true)
        } catch {
            // A process that serves nothing is not kept.
            await stopIfUnused(process, pending: 1)
            throw error
        }
    }

    /// Hands changed options to the plugin.
    func update(_ spec: MountSpec) async throws(BackendFailure) {
        guard var mounted = mounts[spec.id] else {
            throw BackendFailure(.internalError, "\(label) does not have this mount")
        }
        mounted.spec = spec
        pendingMounts += 1
        defer { pendingMounts -= 1 }
        let process = try await running()
        try await announce(mounted, to: process, isNew: false)
    }

    /// Ends a mount's use of the plugin, which ends with its last mount.
    func detach(_ id: MountID) async {
        guard mounts.removeValue(forKey: id) != nil else { return }
        guard case .running(let process, _) = phase else { return }
        await process.unmount(id)
        await stopIfUnused(process)
    }

    func stopIfUnused(_ process: PluginProcess, pending: Int = 0) async {
        guard mounts.isEmpty, pendingMounts == pending, case .running(process, _) = phase else {
            return
        }
        phase = .idle
        await process.stop()
    }

    /// Gives the mount to the plugin and takes over what the plugin declares for it.
    func announce(
        _ mounted: Mounted, to process: PluginProcess, isNew: Bool
    ) async throws(BackendFailure) {
        let id = mounted.spec.id
        let reply = try await process.mount(mounted.spec, storage: mounted.storage)
        guard let identity, isNew || mounts[id] != nil else {
            // Closed while the plugin took it over.
            return await process.unmount(id)
        }
        let manifest: BackendManifest
        do throws(BackendFailure) {
            manifest = try ManifestCheck(identity: identity, type: source.name).manifest(reply)
        } catch {
            if isNew { await process.unmount(id) }
            throw error
        }
        let engine = EngineView(
            id: id, storage: mounted.storage, manifest: manifest,
            hasReads: reply.routes.contains { !$0.reads.isEmpty })
        mounts[id] = mounted
        let running = RunningPlugin(
            version: identity.version, program: source.program,
            digest: executable?.digestText ?? "")
        mounted.backend.backend?.replace(engine, running, of: self)
        if reply.initialises { await initialise(engine, process) }
    }

    /// Tells the engine to set itself up, and waits for it a little: a new mount is ready at once,
    /// and whoever made it expects to use it. A set-up that takes longer goes on by itself; the
    /// engine answers requests meanwhile as it sees fit.
    func initialise(_ engine: EngineView, _ process: PluginProcess) async {
        let isDone = OneShot()
        let timer = loops[0].scheduleTask(
            in: .milliseconds(PluginHostLimits.waitForSetUpMilliseconds)
        ) { isDone.settle() }
        defer { timer.cancel() }
        let request = BackendRequest(
            lane: 0, operation: .initialize, path: "", requestID: UUID128.random(),
            deadlineNanoseconds: .max)
        process.post(request, to: engine) { [logger] outcome in
            defer { isDone.settle() }
            guard case .failure(let failure) = outcome else { return }
            logger.error("the engine's set-up of a mount failed: \(failure.message)")
        }
        await isDone.wait()
    }
}
