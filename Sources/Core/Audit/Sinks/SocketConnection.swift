// One connection to where lines go, with a time limit on everything it does.

internal import Clock
internal import Glibc

/// A connected socket that never blocks by itself: every wait is a `poll` with what is left of the
/// time. Used by the device's writer thread only.
final class SocketConnection {
    private let descriptor: Int32

    private init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// When the time of an operation is over; `nil` is never.
    struct Limit {
        let nanoseconds: UInt64?

        init(milliseconds: UInt64?) {
            nanoseconds = milliseconds.map { MonotonicClock.nowNanoseconds &+ $0 &* 1_000_000 }
        }

        /// What `poll` takes: -1 is for ever, 0 is over.
        var pollMilliseconds: Int32 {
            guard let nanoseconds else { return -1 }
            let now = MonotonicClock.nowNanoseconds
            guard nanoseconds > now else { return 0 }
            return Int32(clamping: (nanoseconds - now) / 1_000_000 + 1)
        }
    }

    static func open(
        _ address: SocketAddress, _ limit: Limit
    ) throws(AuditFailure) -> SocketConnection {
        switch address.endpoint {
        case .path(let path):
            let name = try UnixName(path)
            return try name.withAddress { pointer, length throws(AuditFailure) in
                try connect(AF_UNIX, address.isDatagram, pointer, length, limit)
            }
        case .network(let host, let port, let family):
            return try open(host, port, family, isDatagram: address.isDatagram, limit)
        }
    }

    private static func open(
        _ host: String, _ port: String, _ family: SocketAddress.Family, isDatagram: Bool,
        _ limit: Limit
    ) throws(AuditFailure) -> SocketConnection {
        var hints = addrinfo()
        hints.ai_family = family == .v4 ? AF_INET : family == .v6 ? AF_INET6 : AF_UNSPEC
        hints.ai_socktype = type(isDatagram)
        hints.ai_flags = AI_NUMERICSERV
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, port, &hints, &found) == 0, let found else {
            throw AuditFailure(.cannotOpen, "the socket's address was not found")
        }
        defer { freeaddrinfo(found) }
        var failure = AuditFailure(.cannotOpen, "the socket's address was not found")
        var next: UnsafeMutablePointer<addrinfo>? = found
        while let info = next?.pointee {
            do throws(AuditFailure) {
                return try connect(
                    info.ai_family, isDatagram, info.ai_addr, info.ai_addrlen, limit)
            } catch { failure = error }
            next = info.ai_next
        }
        throw failure
    }

    private static func type(_ isDatagram: Bool) -> Int32 {
        Int32(isDatagram ? SOCK_DGRAM.rawValue : SOCK_STREAM.rawValue)
    }

    private static func connect(
        _ family: Int32, _ isDatagram: Bool, _ address: UnsafePointer<sockaddr>?,
        _ length: socklen_t, _ limit: Limit
    ) throws(AuditFailure) -> SocketConnection {
        let flags = Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(family, type(isDatagram) | flags, 0)
        guard descriptor >= 0 else { throw failure(.cannotOpen, errno) }
        let connection = SocketConnection(descriptor: descriptor)
        if Glibc.connect(descriptor, address, length) == 0 { return connection }
        guard errno == EINPROGRESS || errno == EINTR || errno == EAGAIN else {
            throw failure(.cannotOpen, errno)
        }
        try connection.wait(for: Int16(POLLOUT), limit)
        var error: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) == 0, error == 0 else {
            throw failure(.cannotOpen, error)
        }
        return connection
    }

    /// Whether the peer has closed a stream: what is written then would be lost without an error.
    var isClosedByPeer: Bool {
        var byte: UInt8 = 0
        let flags = Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)
        let count = recv(descriptor, &byte, 1, flags)
        return count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)
    }

    /// All of it, or an error.
    func send(_ bytes: UnsafeRawBufferPointer, _ limit: Limit) throws(AuditFailure) {
        guard let base = bytes.baseAddress else { return }
        var done = 0
        while done < bytes.count {
            let count = Glibc.send(
                descriptor, base + done, bytes.count - done, Int32(MSG_NOSIGNAL))
            if count >= 0 {
                done += count
            } else if errno == EAGAIN {
                try wait(for: Int16(POLLOUT), limit)
            } else if errno != EINTR {
                throw Self.failure(.cannotWrite, errno)
            }
        }
    }

    private func wait(for events: Int16, _ limit: Limit) throws(AuditFailure) {
        var entry = pollfd(fd: descriptor, events: events, revents: 0)
        while true {
            let count = poll(&entry, 1, limit.pollMilliseconds)
            if count > 0 { return }
            if count == 0 { throw AuditFailure(.timedOut, "the socket took too long") }
            if errno != EINTR { throw Self.failure(.cannotWrite, errno) }
        }
    }

    private static func failure(_ code: AuditFailure.Code, _ number: Int32) -> AuditFailure {
        AuditFailure(
            code,
            "the socket cannot be \(code == .cannotOpen ? "connected" : "written"): "
                + SystemText.of(number))
    }
}

/// A Unix socket's path as the system takes it.
private struct UnixName {
    private var address = sockaddr_un()

    init(_ path: String) throws(AuditFailure) {
        let bytes = Array(path.utf8)
        address.sun_family = sa_family_t(AF_UNIX)
        let fits = withUnsafeMutableBytes(of: &address.sun_path) { place in
            guard bytes.count < place.count else { return false }
            place.copyBytes(from: bytes)
            return true
        }
        if !fits { throw AuditFailure(.invalidOption, "the socket's path is too long") }
    }

    func withAddress<Value>(
        _ body: (UnsafePointer<sockaddr>, socklen_t) throws(AuditFailure) -> Value
    ) throws(AuditFailure) -> Value {
        var copy = address
        let length = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = withUnsafePointer(to: &copy) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                Result { () throws(AuditFailure) in try body(address, length) }
            }
        }
        return try result.get()
    }
}
