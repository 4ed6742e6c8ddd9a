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
            logger.warning("\(label) asked for the storage of a mount that it was not given")
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
        StorageService.perform(request.action, on: storage, for: parent) { [weak self] reply in
            guard let self else { return }
            if loop.inEventLoop {
                finishStorage(call, reply)
            } else {
                loop.execute { self.finishStorage(call, reply) }
            }
        }
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
