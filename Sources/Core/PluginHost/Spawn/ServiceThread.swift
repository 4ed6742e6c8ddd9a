// A thread that lives as long as the host, beside the event loops.

internal import CProcess
internal import Glibc

enum ServiceThread {
    private final class Work: Sendable {
        let name: String
        let body: @Sendable () -> Void

        init(_ name: String, _ body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }

        func run() {
            coffer_become_service_thread(name)
            body()
        }
    }

    /// Nobody waits for its end. False if the system has no thread left.
    static func start(_ name: String, _ body: @escaping @Sendable () -> Void) -> Bool {
        let work = Unmanaged.passRetained(Work(name, body))
        var thread = pthread_t()
        let started = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<Work>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, work.toOpaque())
        guard started == 0 else {
            work.release()
            return false
        }
        pthread_detach(thread)
        return true
    }
}
