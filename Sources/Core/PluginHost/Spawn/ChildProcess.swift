// A running child by its process descriptor: a signal never reaches another process that got the
// same number.

internal import CProcess
internal import Glibc
internal import Synchronization

final class ChildProcess: Sendable {
    private struct State {
        var isEnded = false
        var isHeld = false
        /// It was told to end, and nobody may keep it from that.
        var isEnding = false
        /// A system call that is fatal was made.
        var forbiddenCall: String?
    }

    let pid: Int32
    private let descriptor: Int32
    private let state = Mutex(State())

    init(pid: Int32, descriptor: Int32) {
        self.pid = pid
        self.descriptor = descriptor
    }

    /// Tells it to end, in one way or another.
    func signal(_ number: Int32) {
        state.withLock { state in
            guard !state.isEnded else { return }
            state.isEnding = true
            _ = coffer_signal(descriptor, number)
            letGo(&state)
        }
    }

    /// Kills it for a system call that the sandbox forbids, with everything it started.
    func end(forCall name: String) {
        state.withLock { state in
            guard !state.isEnded else { return }
            if state.forbiddenCall == nil { state.forbiddenCall = name }
        }
        killGroup()
        signal(SIGKILL)
    }

    /// Kills the child and everything that it started in its session.
    func killGroup() {
        state.withLock { state in
            // Until it is collected its number, which is its group's too, belongs to no one else.
            if !state.isEnded, pid > 1 { _ = Glibc.kill(-pid, SIGKILL) }
        }
    }

    // MARK: Processors

    /// What all of its threads have taken; `nil` when it has ended.
    var processorNanoseconds: UInt64? {
        state.withLock { state in
            var clock = clockid_t()
            var time = timespec()
            guard !state.isEnded, clock_getcpuclockid(pid, &clock) == 0,
                clock_gettime(clock, &time) == 0
            else { return nil }
            return UInt64(clamping: time.tv_sec) &* 1_000_000_000 &+ UInt64(clamping: time.tv_nsec)
        }
    }

    /// Stops it until it is let go, and puts its session last where the kernel shares processors
    /// out between sessions, until it is released.
    func hold() {
        state.withLock { state in
            guard !state.isEnded, !state.isEnding, !state.isHeld else { return }
            state.isHeld = true
            coffer_stand_last(pid, true)
            _ = coffer_signal(descriptor, SIGSTOP)
        }
    }

    func letGo() { state.withLock { letGo(&$0) } }

    func release() {
        state.withLock { state in
            letGo(&state)
            if !state.isEnded { coffer_stand_last(pid, false) }
        }
    }

    private func letGo(_ state: inout State) {
        guard state.isHeld, !state.isEnded else { return }
        state.isHeld = false
        _ = coffer_signal(descriptor, SIGCONT)
    }

    // MARK: Its end

    /// Readable when the child has ended. For the process thread only.
    var pollDescriptor: Int32 { descriptor }

    /// Collects the child if it has ended. For the process thread only.
    func collect() -> ChildExit? {
        state.withLock { state -> ChildExit? in
            guard !state.isEnded else { return nil }
            var signalled = false
            var status: Int32 = 0
            switch coffer_reap(descriptor, &signalled, &status) {
            case 0: return nil
            case 1: break
            default: (signalled, status) = (false, -1)
            }
            state.isEnded = true
            close(descriptor)
            if signalled, status == SIGKILL, let name = state.forbiddenCall {
                return .forbiddenCall(name)
            }
            return signalled ? .signal(status) : .code(status)
        }
    }
}

/// How a child ended.
enum ChildExit: Equatable, Sendable, CustomStringConvertible {
    case code(Int32)
    case signal(Int32)
    case forbiddenCall(String)

    var description: String {
        switch self {
        case .code(let code): "exited with code \(code)"
        case .signal(SIGSYS): "was ended for a system call that the sandbox forbids"
        case .forbiddenCall(let name):
            "was ended for a system call that the sandbox forbids: \(name)"
        case .signal(let number): "was ended by signal \(number)"
        }
    }
}
