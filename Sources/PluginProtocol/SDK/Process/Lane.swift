// One connection on its thread: read what is there, handle all of it, write once.

import Clock
import Glibc
import Synchronization
import Wire

final class Lane {
    private static let readBytes = 64 << 10
    /// Output is not gathered beyond this, however much there is to answer.
    private static let flushBytes = 256 << 10

    private let descriptor: Int32
    private let connection: Connection
    private let inbox: WorkInbox
    private let isDraining: DrainFlag

    init(
        descriptor: Int32, connection: Connection, inbox: WorkInbox, isDraining: DrainFlag
    ) {
        self.descriptor = descriptor
        self.connection = connection
        self.inbox = inbox
        self.isDraining = isDraining
    }

    /// Serves until either end closes. Returns whether that was in order.
    func run() -> Bool {
        Signals.acceptNudge()
        while !connection.end.isOver {
            if isDraining.isSet {
                connection.requestDrain()
                flush()
            }
            guard waitForInput() else { continue }
            switch receive() {
            case .bytes:
                while connection.handleNext() {
                    if connection.pendingOutputByteCount > Self.flushBytes { flush() }
                }
                connection.expire(now: MonotonicClock.nowNanoseconds)
                flush()
            case .nothing: waitForever()
            case .interrupted: continue
            case .ended:
                close(descriptor)
                return true
            }
        }
        flush()
        shutdown(descriptor, Int32(SHUT_RDWR))
        close(descriptor)
        guard let error = connection.end.error else { return true }
        Log.error("the connection to the core broke", ["reason": error.description])
        return false
    }

    private enum Received {
        case bytes, nothing, interrupted, ended
    }

    private func receive() -> Received {
        let count = connection.read(atLeast: Self.readBytes) {
            recv(descriptor, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT))
        }
        if count > 0 { return .bytes }
        guard count < 0 else { return .ended }
        return switch errno {
        case EAGAIN: .nothing
        case EINTR: .interrupted
        default: .ended
        }
    }

    /// Until there is something to read, or a signal.
    ///
    /// By poll(2), since a thread that sleeps in read(2) is woken whenever the core takes an answer
    /// too: the kernel tells all who sleep on a socket that there is room to write again.
    private func waitForever() {
        var polled = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        _ = Glibc.poll(&polled, 1, -1)
    }

    /// Only a deadline of parked work needs this, and work that is done elsewhere. False when it is
    /// not yet time to read.
    private func waitForInput() -> Bool {
        let expiry = connection.nextExpiry
        guard expiry != nil || connection.workingCount > 0 else { return true }
        var milliseconds: Int32 = -1
        if let expiry {
            let now = MonotonicClock.nowNanoseconds
            milliseconds = Int32(clamping: expiry > now ? (expiry - now) / 1_000_000 + 1 : 0)
        }
        var polled = [
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: inbox.descriptor, events: Int16(POLLIN), revents: 0),
        ]
        let ready = Glibc.poll(&polled, 2, milliseconds)
        if ready == 0 {
            connection.expire(now: MonotonicClock.nowNanoseconds)
            flush()
        }
        if ready > 0, polled[1].revents != 0 {
            connection.handleFinishedWork()
            flush()
        }
        return ready > 0 && polled[0].revents != 0
    }

    /// The core always reads, so a blocking write ends. When the core is gone, the next read says
    /// so.
    private func flush() {
        connection.takeOutput { bytes in
            var rest = bytes
            while !rest.isEmpty {
                let count = write(descriptor, rest.baseAddress, rest.count)
                if count > 0 {
                    rest = UnsafeRawBufferPointer(rebasing: rest[count...])
                } else if errno != EINTR {
                    return
                }
            }
        }
    }
}

/// Tells the lanes that the process was asked to end.
final class DrainFlag: Sendable {
    private let value = Atomic(false)

    var isSet: Bool { value.load(ordering: .acquiring) }

    func set() { value.store(true, ordering: .releasing) }
}
