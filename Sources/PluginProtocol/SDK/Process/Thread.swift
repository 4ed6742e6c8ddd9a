// A POSIX thread with a result, and no run loop, queue or pool around it.

import Glibc
import Synchronization

final class Thread: Sendable {
    private final class Body {
        let run: @Sendable () -> Bool
        init(_ run: @escaping @Sendable () -> Bool) { self.run = run }
    }

    private let handle: pthread_t
    private let isJoined = Mutex(false)

    init(_ run: @escaping @Sendable () -> Bool) {
        handle = Self.start(run)
    }

    static func detach(_ run: @escaping @Sendable () -> Void) {
        pthread_detach(
            start {
                run()
                return true
            })
    }

    /// Waits for the end and says what came of it.
    func join() -> Bool {
        var result: UnsafeMutableRawPointer?
        pthread_join(handle, &result)
        isJoined.withLock { $0 = true }
        return result != nil
    }

    /// Interrupts a system call that the thread is blocked in.
    func nudge() {
        isJoined.withLock { if !$0 { _ = pthread_kill(handle, Signals.nudge) } }
    }

    private static func start(_ run: @escaping @Sendable () -> Bool) -> pthread_t {
        let body = Unmanaged.passRetained(Body(run)).toOpaque()
        var handle = pthread_t()
        let code = pthread_create(
            &handle, nil,
            { pointer in
                guard let pointer else { return nil }
                let body = Unmanaged<Body>.fromOpaque(pointer).takeRetainedValue()
                return body.run() ? UnsafeMutableRawPointer(bitPattern: 1) : nil
            }, body)
        guard code == 0 else {
            Log.error("cannot start a thread", ["errno": "\(code)"])
            exit(1)
        }
        return handle
    }
}
