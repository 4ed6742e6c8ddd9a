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

    /// 0 bytes of stack are the C library's default.
    static func detach(stackBytes: Int = 0, _ run: @escaping @Sendable () -> Void) {
        pthread_detach(
            start(stackBytes: stackBytes) {
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

    private static func start(
        stackBytes: Int = 0, _ run: @escaping @Sendable () -> Bool
    ) -> pthread_t {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        if stackBytes > 0 { pthread_attr_setstacksize(&attributes, stackBytes) }
        let body = Unmanaged.passRetained(Body(run)).toOpaque()
        var handle = pthread_t()
        let code = pthread_create(
            &handle, &attributes,
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
