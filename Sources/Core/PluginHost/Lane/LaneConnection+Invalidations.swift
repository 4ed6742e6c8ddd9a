// Tells an engine that keeps entries in memory what changes, before the writer hears that it did.

internal import Kernel
internal import NIOCore
internal import Wire

extension LaneConnection {
    /// Begins or ends the watch of a mount's entries. The first request comes after the mount's
    /// reply, so the engine has nothing in memory that it was not told of.
    func watch(_ id: MountID, wanted: Bool) {
        guard wanted, end == nil, let storage = mounts[id] else {
            watches[id] = nil
            return
        }
        guard watches[id] == nil else { return }
        let loop = loop
        watches[id] = storage.watch { [weak self] keys, done in
            guard let self else { return done() }
            loop.execute { self.invalidate(keys, of: id, done) }
        }
    }

    /// `done` when the plugin has handled the news: the writer's client may rely on them, and its
    /// next request may come on another lane, whose handler shares the memory with this one's. A
    /// connection that ends takes the memory along.
    private func invalidate(
        _ keys: [String], of id: MountID, _ done: @escaping @Sendable () -> Void
    ) {
        guard end == nil, watches[id] != nil else { return done() }
        // An engine that does not hear of changes may not go on.
        guard out.pendingBytes < 2 * PluginHostLimits.outBufferBytes else {
            let error = WireError(.tooSlow, "the plugin does not read what changed")
            finish(.malformed(error.reason, error.detail), saying: session.close(error))
            return done()
        }
        for key in keys { write(.invalidate(Invalidate(mount: id, key: Array(key.utf8))), call: 0) }
        mark(done)
    }

    private func mark(_ done: @escaping @Sendable () -> Void) {
        guard end == nil else { return done() }
        // A lane that drains opens no call and gets no new request.
        guard session.acceptsCalls else { return done() }
        let now = now
        let deadline = now &+ PluginHostLimits.hungAfterSilenceSeconds * 1_000_000_000
        guard let call = open(.marker(done), deadline: deadline, now: now) else {
            // As many calls as there may be: some of them end soon.
            loop.scheduleTask(in: .milliseconds(PluginHostLimits.markAgainMilliseconds)) {
                self.mark(done)
            }
            return
        }
        write(.ping, call: call)
    }
}
