// Which signals a plugin listens to: SIGTERM, in its own time. The terminal's go to the core, which
// ends its plugins itself.

import Glibc

enum Signals {
    /// Interrupts a blocked lane; it has a handler that does nothing.
    static let nudge = SIGUSR1

    static func ignoreTerminal() {
        for number in [SIGPIPE, SIGINT, SIGHUP] { signal(number, SIG_IGN) }
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in }
        // Without SA_RESTART, so that read(2) comes back.
        action.sa_flags = 0
        sigaction(nudge, &action, nil)
    }

    /// For this thread and those that it starts.
    static func blockTermination() {
        var set = termination
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// Whatever the thread that started this one had blocked.
    static func acceptNudge() {
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, nudge)
        pthread_sigmask(SIG_UNBLOCK, &set, nil)
    }

    static func waitForTermination() {
        var set = termination
        var number: Int32 = 0
        while sigwait(&set, &number) != 0 || number != SIGTERM {}
    }

    private static var termination: sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGTERM)
        return set
    }
}
