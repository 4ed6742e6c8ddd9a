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
                let isIdle = state.isWriting || !state.hasWork
                state.isWaiting = isIdle && (state.isWriting || !state.isStopping)
                return (isIdle && !state.isWaiting, state.isWaiting)
            }
            if isDone { break }
            if waits { wakeUp.wait() }
        }
        end()
    }

    /// Writes on an event loop until the queue is empty, or for as long as one may be kept.
    ///
    /// - Parameter own: the batch of the loop that calls.
    func writeHere(_ own: AuditBatch) {
        var steps = 0
        while steps < AuditLimits.stepsOnLoop && step(own) { steps += 1 }
        let wakes = state.withLock { state in
            let wakes = state.isWaiting && !state.isWriting && (state.hasWork || state.isStopping)
            if wakes { state.isWaiting = false }
            return wakes
        }
        if wakes { wakeUp.post() }
    }

    /// Does the next thing there is to do; `false` if there is none, or if somebody is at it.
    ///
    /// - Parameter own: a batch whose event loop this is.
    func step(_ own: AuditBatch? = nil) -> Bool {
        let (wantsReopen, submission) = state.withLock { state -> (Bool, Submission?) in
            guard !state.isWriting, state.hasWork else { return (false, nil) }
            state.isWriting = true
            if state.wantsReopen {
                state.wantsReopen = false
                return (true, nil)
            }
            let first = state.queue.removeFirst()
            state.queuedLines -= first.lines
            state.queuedBytes -= first.buffer.count
            state.current = first
            return (false, first)
        }
        if wantsReopen {
            reopenSink()
            state.withLock { $0.isWriting = false }
            return true
        }
        guard let submission else { return false }
        write(submission, isOnItsLoop: submission.batch === own, isOnLoop: own != nil)
        return true
    }

    private func write(_ submission: Submission, isOnItsLoop: Bool, isOnLoop: Bool) {
        var failure: AuditFailure?
        let start = isOnLoop ? MonotonicClock.nowNanoseconds : 0
        do throws(AuditFailure) {
            try sink.write(submission.buffer.bytes)
        } catch { failure = error }
        let end = isOnLoop ? MonotonicClock.nowNanoseconds : 0
        // Nobody waits for it any more if the deadline has passed meanwhile.
        let isAwaited = state.withLock { state in
            let isAwaited = state.current != nil
            state.current = nil
            state.isWriting = false
            state.health.isHanging = false
            if end &- start > AuditLimits.slowWriteNanoseconds {
                state.leavesToThreadUntil = end &+ AuditLimits.slowPauseNanoseconds
            }
            return isAwaited
        }
        if let failure { failed(failure) } else { succeeded() }
        guard isAwaited else { return }
        if failure != nil { return fail(submission) }
        writtenLines.wrappingIncrement(by: UInt64(submission.lines), ordering: .relaxed)
        submission.batch.deviceIsDone(isWritten: true, isOnItsLoop: isOnItsLoop)
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
