// A running child by its process descriptor: a signal never reaches another process that got the
// same number.

internal import CProcess
internal import Glibc
internal import Synchronization

final class ChildProcess: Sendable {
    let pid: Int32
    private let descriptor: Int32
    private let isEnded = Mutex(false)

    init(pid: Int32, descriptor: Int32) {
        self.pid = pid
        self.descriptor = descriptor
    }

    func signal(_ number: Int32) {
        isEnded.withLock { isEnded in
            if !isEnded { _ = coffer_signal(descriptor, number) }
        }
    }

    /// Kills the child and everything that it started in its session.
    func killGroup() {
        isEnded.withLock { isEnded in
            // Until it is collected its number, which is its group's too, belongs to no one else.
            if !isEnded, pid > 1 { _ = Glibc.kill(-pid, SIGKILL) }
        }
    }

    /// Readable when the child has ended. For the process thread only.
    var pollDescriptor: Int32 { descriptor }

    /// Collects the child if it has ended. For the process thread only.
    func collect() -> ChildExit? {
        isEnded.withLock { isEnded -> ChildExit? in
            guard !isEnded else { return nil }
            var signalled = false
            var status: Int32 = 0
            switch coffer_reap(descriptor, &signalled, &status) {
            case 0: return nil
            case 1: break
            default: (signalled, status) = (false, -1)
            }
            isEnded = true
            close(descriptor)
            return signalled ? .signal(status) : .code(status)
        }
    }
}

/// How a child ended.
enum ChildExit: Equatable, Sendable, CustomStringConvertible {
    case code(Int32)
    case signal(Int32)

    var description: String {
        switch self {
        case .code(let code): "exited with code \(code)"
        case .signal(SIGSYS): "was ended for a system call that the sandbox forbids"
        case .signal(let number): "was ended by signal \(number)"
        }
    }
}
