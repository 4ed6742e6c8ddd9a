// What the plugin says on one connection, and what is done about it.

internal import Kernel
internal import Logging
internal import Synchronization
internal import Wire

extension LaneConnection {
    func receive(_ event: HostSession.Event) throws(WireError) {
        switch event {
        case .answered(let call, let response): try answered(call, response)
        case .storage(let call, let request): try storage(call, request)
        case .ready(let reply): try ready(reply)
        case .mounted(let call, let reply):
            if case .mount(let then)? = try take(call, .mountReply) { then(.success(reply)) }
        case .unmounted(let call, _):
            if case .unmount(let then)? = try take(call, .unmountReply) { then() }
        case .ponged(let call):
            if case .marker(let then)? = try take(call, .pong) { then() }
        case .pinged(let call): write(.pong, call: call)
        // A commit cannot be called back; its reply is dropped by the plugin.
        case .storageCancelled, .event: break
        case .drainRequested: observer.laneAsksToDrain(lane)
        case .closed(let close):
            finish(
                .closedByPlugin(
                    "\(close.reason) "
                        + LogText.safe(close.message.utf8, longestBytes: 512)))
        }
        reportDrained()
    }

    func greet() {
        guard session.phase == .idle else { return }
        silence = SilenceWatch(now: now)
        write(session.start(), call: 0)
    }

    func ready(_ reply: HelloReply) throws(WireError) {
        let identity = try PluginIdentity(reply)
        decoder.maxPayloadBytes = session.maxPayloadBytes
        book = CallBook(
            maxInFlight: min(session.maxCallsInFlight, PluginHostLimits.callsInFlight),
            mostAbandoned: PluginHostLimits.abandonedCalls)
        observer.laneReady(lane, identity)
    }

    func answered(_ call: UInt64, _ response: EngineResponse) throws(WireError) {
        guard case .request(let request, let then)? = try take(call, .response) else { return }
        answeredRequests.store(
            answeredRequests.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
        do throws(AnswerFault) {
            then(try request.check.outcome(response))
        } catch {
            refusals.count("answer")
            logger.error("\(label) gave an impossible answer: \(error.problem)")
            then(
                .failure(
                    BackendFailure(
                        .internalError, "\(label) gave an impossible answer (\(error.problem))")))
        }
    }

    /// The call that is answered, `nil` if it was given up before. A call that is answered wrongly
    /// stays in the book, so that it fails with all others.
    func take(_ call: UInt64, _ answer: FrameKind) throws(WireError) -> PendingCall? {
        if let pending = book.context(of: call), pending.answerKind != answer {
            throw WireError(.unexpectedMessage, "an answer of another kind than the call")
        }
        switch book.close(call) {
        case .live(let pending):
            endTurn(call)
            return pending
        case .abandoned: return nil
        case .unknown: throw WireError(.invalidCall, "an answer to no call of ours")
        }
    }
}
