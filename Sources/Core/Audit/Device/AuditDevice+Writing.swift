// The writer's side of a device.

internal import Atomics
internal import Clock
internal import Glibc
internal import Logging
internal import Synchronization

extension AuditDevice {
    func start() throws(AuditFailure) {
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self).toOpaque()
        let status = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<AuditDevice>.fromOpaque(context).takeRetainedValue().serve()
                return nil
            }, context)
        guard status == 0 else {
            Unmanaged<AuditDevice>.fromOpaque(context).release()
            throw AuditFailure(.cannotOpen, "the device's thread could not be started")
        }
        pthread_detach(thread)
    }

    private func serve() {
        while true {
            while step() {}
            let (isDone, waits) = state.withLock { state in
                let isIdle = state.queue.isEmpty && !state.wantsReopen
                state.isWaiting = isIdle && !state.isStopping
                return (isIdle && state.isStopping, state.isWaiting)
            }
            if isDone { break }
            if waits { wakeUp.wait() }
        }
        end()
    }

    /// Does the next thing there is to do; `false` if there is none.
    func step() -> Bool {
        let (wantsReopen, submission) = state.withLock { state -> (Bool, Submission?) in
            if state.wantsReopen {
                state.wantsReopen = false
                return (true, nil)
            }
            guard !state.queue.isEmpty else { return (false, nil) }
            let first = state.queue.removeFirst()
            state.queuedLines -= first.lines
            state.queuedBytes -= first.buffer.count
            state.current = first
            return (false, first)
        }
        if wantsReopen {
            reopenSink()
            return true
        }
        guard let submission else { return false }
        write(submission)
        return true
    }

    private func write(_ submission: Submission) {
        var failure: AuditFailure?
        do throws(AuditFailure) {
            try sink.write(submission.buffer.bytes)
        } catch { failure = error }
        // Nobody waits for it any more if the deadline has passed meanwhile.
        let isAwaited = state.withLock { state in
            let isAwaited = state.current != nil
            state.current = nil
            state.health.isHanging = false
            return isAwaited
        }
        if let failure { failed(failure) } else { succeeded() }
        guard isAwaited else { return }
        if failure != nil { return fail(submission) }
        writtenLines.wrappingIncrement(by: UInt64(submission.lines), ordering: .relaxed)
        submission.batch.deviceIsDone(isWritten: true)
    }

    private func reopenSink() {
        do throws(AuditFailure) {
            try sink.reopen()
            logger.info("the audit device was reopened")
        } catch {
            logger.error(
                "the audit device was not reopened and goes on as before",
                metadata: ["reason": "\(error.message)"])
        }
    }

    private func end() {
        sink.close()
        state.withLock { $0.hasEnded = true }
    }

    // MARK: From other threads

    /// Takes the file that has the name now, between two lines.
    func reopen() { wake { $0.wantsReopen = true } }

    /// Takes no more lines; those that wait are still written. Returns at once: a device that hangs
    /// is left behind.
    public func stop() { wake { $0.isStopping = true } }

    /// Whether everything is written and the thread has ended, after `stop`.
    public var hasEnded: Bool { state.withLock { $0.hasEnded } }

    private func wake(_ change: (inout State) -> Void) {
        let wakes = state.withLock { state in
            change(&state)
            defer { state.isWaiting = false }
            return state.isWaiting
        }
        if wakes { wakeUp.post() }
    }
}
