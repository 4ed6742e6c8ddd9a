// What a piece of work asks of the host while it goes on: its thread waits for the answer.

import Glibc
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

/// The way to the host for the code of a `wait` step, and for nothing else. It belongs to the
/// thread that the step runs on. Not a task-local value: one that is set outside of a task ends the
/// process in release builds.
package enum HostAccess {
    package typealias Ask = @Sendable (StorageAction) -> StorageReply

    private final class Held {
        let ask: Ask
        init(_ ask: @escaping Ask) { self.ask = ask }
    }

    private static let key: pthread_key_t? = {
        var key = pthread_key_t()
        return pthread_key_create(&key, nil) == 0 ? key : nil
    }()

    /// `nil` where the code that runs may not ask.
    package static var ask: Ask? {
        guard let key, let held = pthread_getspecific(key) else { return nil }
        return Unmanaged<Held>.fromOpaque(held).takeUnretainedValue().ask
    }

    package static func with<Value>(
        _ ask: @escaping Ask, _ body: () throws -> Value
    ) rethrows -> Value {
        guard let key else { return try body() }
        let before = pthread_getspecific(key)
        let held = Held(ask)
        return try withExtendedLifetime(held) {
            pthread_setspecific(key, Unmanaged.passUnretained(held).toOpaque())
            defer { pthread_setspecific(key, before) }
            return try body()
        }
    }
}
