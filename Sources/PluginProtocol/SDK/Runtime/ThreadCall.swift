// What a piece of work asks of the host while it goes on: its thread waits for the answer.

import Synchronization
package import Wire

package final class ThreadCall: Sendable {
    /// The work that asks.
    let work: UInt64
    let action: StorageAction
    private let reply = Mutex<StorageReply?>(nil)
    private let answered = Semaphore()

    init(work: UInt64, _ action: StorageAction) {
        self.work = work
        self.action = action
    }

    func finish(_ reply: StorageReply) {
        self.reply.withLock { $0 = reply }
        answered.post()
    }

    func wait() -> StorageReply {
        answered.wait()
        return reply.withLock { $0 } ?? Self.cancelled
    }

    static let cancelled = StorageReply.failure(
        PluginFailure(.cancelled, "the request has ended"))
}

/// The way to the host for the code of a `wait` step, and for nothing else.
package enum HostAccess {
    @TaskLocal package static var ask: (@Sendable (StorageAction) -> StorageReply)?
}
