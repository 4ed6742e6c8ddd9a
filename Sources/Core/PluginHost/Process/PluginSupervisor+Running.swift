// How one plugin comes to run: a single start that everybody waits for, after its back-off.

internal import Clock
internal import Kernel
internal import Logging
internal import NIOCore
internal import Wire

extension PluginSupervisor {
    /// Called for requests that wait at a port.
    func bringUp() async {
        do throws(BackendFailure) {
            // A request for a mount that was closed meanwhile starts nothing.
            guard isNeeded else { throw unusedFailure }
            let process = try await running()
            publish(process)
        } catch {
            let now = MonotonicClock.nowNanoseconds
            let until = now &+ max(backOff.remainingNanoseconds(now: now), 1_000_000)
            for port in ports.all { port.loop.execute { port.refuse(error, until: until) } }
        }
    }

    /// Whether there is a mount for a process to serve, or one on its way.
    private var isNeeded: Bool { !mounts.isEmpty || pendingMounts > 0 }

    func publish(_ process: PluginProcess) {
        for (port, connection) in zip(ports.all, process.lanes) {
            port.loop.execute { port.open(connection) }
        }
    }

    func running() async throws(BackendFailure) -> PluginProcess {
        if case .running(let process, let since) = phase, !process.isReady {
            note(process, ranSince: since)
        }
        let task: Task<PluginProcess, any Error>
        switch phase {
        case .running(let process, _): return process
        case .stopped: throw stoppedFailure
        case .starting(let running): task = running
        case .idle:
            let now = MonotonicClock.nowNanoseconds
            guard !backOff.isOpen(now: now) else { throw backingOff(now) }
            let delay = backOff.remainingNanoseconds(now: now)
            task = Task { try await self.start(after: delay) }
            phase = .starting(task)
        }
        do {
            return try await task.value
        } catch let failure as BackendFailure {
            throw failure
        } catch {
            throw BackendFailure(.unavailable, "\(label) could not be started")
        }
    }

    func start(after delay: UInt64) async throws(BackendFailure) -> PluginProcess {
        if delay > 0 { try? await Task.sleep(nanoseconds: delay) }
        do throws(BackendFailure) {
            let process = try await startOnce()
            // Stopped while it started: nobody may be handed a process that nobody ends.
            guard case .starting = phase else {
                await process.stop()
                throw stoppedFailure
            }
            phase = .running(process, since: MonotonicClock.nowNanoseconds)
            guard isNeeded else {
                await stopIfUnused(process)
                throw unusedFailure
            }
            publish(process)
            watchIdleness(of: process)
            return process
        } catch {
            if case .starting = phase { phase = .idle }
            throw error
        }
    }

    func startOnce() async throws(BackendFailure) -> PluginProcess {
        try takeEntry()
        let executable = try await openExecutable()
        let seat = ProcessSeat(source)
        if let bound = await room.enter(seat) { throw noRoom(bound) }
        let plan: SandboxPlan?
        do throws(BackendFailure) {
            // That may have taken a while.
            guard case .starting = phase else { throw stoppedFailure }
            guard isNeeded else { throw unusedFailure }
            plan = try sandboxPlan(executable)
        } catch {
            room.leave(seat)
            throw error
        }
        starts += 1
        let process = PluginProcess(
            PluginProcess.Plan(
                executable: executable, sandbox: plan, words: source.words,
                kind: source.kind, callsDatabases: permissions(executable).callsDatabases,
                loops: loops, thread: thread, timings: timings, logger: logger,
                account: account, refusals: refusals, label: label,
                laneLost: { [ports] lane in ports[lane.lane]?.lost(lane) },
                ended: { [weak self, room] process, reason in
                    room.leave(seat)
                    guard let self else { return }
                    Task { await self.ended(process, reason) }
                }))
        switch await process.start() {
        case .failure(let failure): throw notStarted("it \(failure.reason.message)")
        case .success(let identity):
            try await check(identity, process)
            self.identity = identity
            refusals.runs(version: identity.version)
            logger.info(
                "plugin started",
                metadata: [
                    "pid": "\(process.pid ?? 0)", "version": "\(identity.version)",
                    "sha256": "\(executable.digestText)", "sandbox": "\(sandboxState)",
                ])
        }
        // A mount that the plugin refuses must not take the others with it.
        for mounted in mounts.values {
            do throws(BackendFailure) {
                try await announce(mounted, to: process, isNew: false)
            } catch {
                guard process.isReady else {
                    throw notStarted("it ended while it took its mounts over")
                }
                logger.error("the plugin refused a mount after its start: \(error.message)")
            }
        }
        seat.taken(by: process, of: self, at: MonotonicClock.nowNanoseconds)
        return process
    }

    /// Whoever registered a version relies on its being that one which runs.
    private func check(
        _ identity: PluginIdentity, _ process: PluginProcess
    ) async throws(BackendFailure) {
        guard let program = source.program, !program.fits(saidVersion: identity.version) else {
            return
        }
        await process.stop()
        throw notStarted(
            "it says that it is version \(identity.version), but is registered as "
                + "\(program.version)")
    }

    /// What it may ask of the host; that its file's declaration is none was said before.
    private func permissions(_ executable: PluginExecutable) -> PluginPermissions {
        if let program = source.program { return program.permissions }
        guard source.isBuiltIn else { return PluginPermissions() }
        return (try? executable.declared.get()) ?? PluginPermissions()
    }

    private func sandboxPlan(
        _ executable: PluginExecutable
    ) throws(BackendFailure) -> SandboxPlan? {
        var declared = PluginPermissions()
        if source.isBuiltIn {
            do throws(DeclaredPermissions.Problem) {
                declared = try executable.declared.get()
            } catch { throw notStarted(error.message) }
        }
        do throws(SandboxError) {
            let plan = try sandbox.plan(
                source.profile(profile, declared: declared), name: source.userName,
                executable: executable,
                lanes: loops.count)
            sandboxState = plan?.state ?? .off
            isHeard = plan?.reportingFilter != nil
            userID = plan?.user
            return plan
        } catch { throw notStarted(error.message) }
    }

    func openExecutable() async throws(BackendFailure) -> PluginExecutable {
        let (source, before) = (source, executable)
        let runsAsAnother = !profile.isDisabled && sandbox.features.users != nil
        // Hashing takes its time; the thread that starts children has some.
        let opened = await thread.run { () -> Result<PluginExecutable, ExecutableError> in
            do throws(ExecutableError) {
                return .success(
                    try PluginExecutable.open(
                        source.fileName, in: source.directory, knownAs: before,
                        expected: source.program?.digest, runsAsAnother: runsAsAnother))
            } catch { return .failure(error) }
        }
        switch opened {
        case .none: throw stoppedFailure
        case .failure(let error): throw notStarted(error.message)
        case .success(let opened):
            executable = opened
            return opened
        }
    }
}
