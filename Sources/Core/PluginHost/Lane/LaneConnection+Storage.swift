// The plugin's storage calls on one connection: whether they may be made, and their replies.

internal import Kernel
internal import Logging
internal import NIOCore
internal import Wire

extension LaneConnection {
    func storage(_ call: UInt64, _ request: StorageRequest) throws(WireError) {
        guard !storageCallsInFlight.contains(call) else {
            throw WireError(.invalidCall, "a storage call id that is in use")
        }
        guard storageCallsInFlight.count < PluginHostLimits.storageCallsInFlight else {
            throw WireError(.tooManyCalls, "more storage calls in flight than agreed")
        }
        // A plugin that asks and does not read the answers would fill the core's memory.
        guard out.pendingBytes < 2 * PluginHostLimits.outBufferBytes else {
            throw WireError(.tooSlow, "the plugin does not read its replies")
        }
        guard let storage = mounts[request.mount] else {
            refusals.note(.foreignStorage, pid: nil, now: now)
            return write(
                .storageReply(
                    .failure(
                        PluginFailure(.permissionDenied, "this mount was not given to the process"))
                ),
                call: call)
        }
        // What is done for a request ends with the request: a late write would come after the
        // client was told no.
        guard case .request(let parent, _) = book.context(of: request.parentCall),
            parent.mount == request.mount
        else {
            return write(
                .storageReply(.failure(PluginFailure(.cancelled, "the request has ended"))),
                call: call)
        }
        storageCallsInFlight.insert(call)
        if case .database(let wanted) = request.action {
            return callDatabase(wanted, call, for: parent, storage)
        }
        if let key = turns.taken(request, storage) {
            return waitForTurn(at: key, call, request.parentCall, storage)
        }
        StorageService.perform(request.action, on: storage, for: parent) { [weak self] reply in
            self?.onLoop { lane in lane.conclude(call, request.parentCall, reply, storage) }
        }
    }

    /// A write that met another one is told so when it is its turn to try again.
    private func conclude(
        _ call: UInt64, _ parent: UInt64, _ reply: StorageReply, _ storage: MountStorage
    ) {
        switch reply {
        case .conflict(let key):
            // The mount itself said so, of a key that the plugin named: it is UTF-8.
            waitForTurn(at: String(decoding: key, as: UTF8.self), call, parent, storage)
        case .committed:
            turns.leave(parent)
            finishStorage(call, reply)
        case .entries, .names, .password, .filled, .database, .failure: finishStorage(call, reply)
        }
    }

    private func waitForTurn(
        at key: String, _ call: UInt64, _ parent: UInt64, _ storage: MountStorage
    ) {
        // The request may have ended while its write was on its way.
        guard book.context(of: parent) != nil else {
            return finishStorage(call, .conflict(key: Array(key.utf8)))
        }
        turns.join(key, parent, of: storage.turns, storageCall: call) { [weak self] in
            self?.onLoop { $0.finishStorage(call, .conflict(key: Array(key.utf8))) }
        }
    }

    /// The request has ended, so its turn goes to the next; what it waited for is answered.
    func endTurn(_ parent: UInt64) {
        guard let call = turns.leave(parent) else { return }
        finishStorage(
            call, .failure(PluginFailure(.cancelled, "the request has ended")))
    }

    func onLoop(_ body: @escaping @Sendable (LaneConnection) -> Void) {
        if loop.inEventLoop { body(self) } else { loop.execute { body(self) } }
    }

    func finishStorage(_ call: UInt64, _ reply: StorageReply) {
        guard storageCallsInFlight.remove(call) != nil, end == nil else { return }
        let start = out.gathered.count
        let size = Message.storageReply(reply).encode(call: call, into: &out.gathered)
        if size > WireLimits.maxFramePayloadBytes {
            out.gathered.removeLast(out.gathered.count - start)
            let failure = PluginFailure(.invalidRequest, "the entries do not fit into one reply")
            Message.storageReply(.failure(failure)).encode(call: call, into: &out.gathered)
        }
        scheduleFlush()
    }
}
