// Signals as events: the main thread waits for them, so that no code runs inside a signal handler.

internal import Glibc
internal import Synchronization

/// What an operator can tell the process.
enum ProcessSignal: Sendable {
    /// SIGTERM or SIGINT: end in order; a second one ends at once.
    case terminate
    /// SIGHUP: read certificates again.
    case reload
}

enum Signals {
    private struct State {
        var listener: AsyncStream<ProcessSignal>.Continuation?
        var wasTold = false
    }

    private static let state = Mutex(State())

    /// Blocks the signals in this thread and in all threads made after it. Call before any thread
    /// is started.
    static func block() {
        var set = handled
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// The signals from now on. Until then they do what they do to any process.
    static func events() -> AsyncStream<ProcessSignal> {
        let (stream, continuation) = AsyncStream.makeStream(of: ProcessSignal.self)
        state.withLock { $0.listener = continuation }
        return stream
    }

    /// Waits for signals for ever. The main thread does this: left to the runtime, it would take
    /// them unblocked.
    static func waitForever() -> Never {
        while true {
            var set = handled
            var number: Int32 = 0
            if sigwait(&set, &number) == 0 { receive(number) }
        }
    }

    private static func receive(_ number: Int32) {
        let (listener, isSecond) = state.withLock { state in
            defer { if number != SIGHUP { state.wasTold = true } }
            return (state.listener, state.wasTold && number != SIGHUP)
        }
        guard let listener, !isSecond else { return die(of: number) }
        listener.yield(number == SIGHUP ? .reload : .terminate)
    }

    /// As if the signal had never been blocked, so that whoever started the process sees what ended
    /// it.
    private static func die(of number: Int32) {
        signal(number, SIG_DFL)
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, number)
        raise(number)
        pthread_sigmask(SIG_UNBLOCK, &set, nil)
    }

    private static var handled: sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGTERM)
        sigaddset(&set, SIGINT)
        sigaddset(&set, SIGHUP)
        return set
    }
}
