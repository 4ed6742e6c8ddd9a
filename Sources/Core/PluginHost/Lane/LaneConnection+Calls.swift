// What the host asks of the plugin on one connection: requests, mounts, drain.

internal import Cryptography
internal import Kernel
internal import NIOCore
internal import Paths
internal import Synchronization
internal import Wire

extension LaneConnection {
    /// Sends a request, or answers at once if it cannot be sent.
    func send(
        _ request: BackendRequest, to engine: EngineView, then: @escaping OutcomeHandler
    ) {
        guard isOpen else { return then(.failure(notSentFailure)) }
        let now = now
        let longest = now &+ PluginHostLimits.callSeconds * 1_000_000_000
        let deadline = min(request.deadlineNanoseconds, longest)
        guard deadline > now else { return then(.failure(deadlineFailure)) }
        guard mounts[engine.id] != nil else {
            return then(
                .failure(
                    BackendFailure(.unavailable, "\(label) does not serve this mount at present")))
        }
        guard out.pendingBytes < PluginHostLimits.outBufferBytes,
            let call = open(
                .request(PendingRequest(request, engine), then), deadline: deadline, now: now)
        else {
            return then(
                .failure(
                    BackendFailure(
                        .unavailable, "\(label) has too many requests in flight",
                        retryAfterSeconds: PluginHostLimits.shedRetryAfterSeconds)))
        }
        let message = EngineRequest(
            mount: engine.id, operation: request.operation.rawValue, path: Array(request.path.utf8),
            data: request.data, requestID: request.requestID.bytes, entityID: request.entityID,
            displayName: request.displayName, remoteAddress: request.remoteAddress,
            headers: request.headers.map { TextPair($0.name, $0.value) },
            deadlineMilliseconds: UInt32(clamping: (deadline - now) / 1_000_000 + 1),
            prefetched: engine.prefetch(for: request), internalData: request.internalData)
        let start = out.gathered.count
        let size = Message.request(message).encode(call: call, into: &out.gathered)
        if size > WireLimits.maxFramePayloadBytes {
            out.gathered.removeLast(out.gathered.count - start)
            _ = book.close(call)
            return then(.failure(BackendFailure(.tooLarge, "the request is too large")))
        }
        // A set-up follows from mounting and shows no need for the engine.
        if request.operation != .initialize { lastRequestAt.store(now, ordering: .relaxed) }
        scheduleFlush()
    }

    /// Gives a mount, or its new options, to the plugin. Its storage calls are served from here on.
    func mount(_ spec: MountSpec, storage: MountStorage, then: @escaping MountHandler) {
        guard isOpen else { return then(.failure(notSentFailure)) }
        let isNew = mounts[spec.id] == nil
        let id = spec.id
        let handler: MountHandler = { [weak self] result in
            switch result {
            case .success(let reply) where reply.error == nil:
                self?.watch(id, wanted: reply.wantsInvalidations)
            default: if isNew { self?.mounts[id] = nil }
            }
            then(result)
        }
        let now = now
        let deadline = now &+ UInt64(timings.mount.nanoseconds)
        guard let call = open(.mount(handler), deadline: deadline, now: now) else {
            return then(
                .failure(BackendFailure(.unavailable, "\(label) has too many calls in flight")))
        }
        mounts[id] = storage
        write(.mount(spec), call: call)
    }

    /// Takes a mount away: from now on its storage is closed to the plugin.
    func unmount(_ id: MountID, then: @escaping @Sendable () -> Void) {
        watches[id] = nil
        guard isOpen, mounts.removeValue(forKey: id) != nil else { return then() }
        let now = now
        let deadline = now &+ UInt64(timings.mount.nanoseconds)
        guard let call = open(.unmount(then), deadline: deadline, now: now) else { return then() }
        write(.unmount(Unmount(id: id)), call: call)
    }

    /// Takes no further calls; tells the observer when those in flight are answered.
    func drain() {
        guard !isDraining else { return }
        isDraining = true
        if let message = session.drain() { write(message, call: 0) }
        reportDrained()
    }

    /// The process has ended: new requests are for the next one.
    func takeNoMore() { isOver = true }

    /// Ends the connection from our side.
    func close(_ end: LaneEnd = .closedByHost) { finish(end) }
}
