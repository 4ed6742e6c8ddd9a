// Sends lines to a socket: one line after the other on a stream, one line a message otherwise.

internal import Clock
internal import Glibc

/// The connection is made when the first line comes and again when it was lost, so that a device
/// comes back with its peer. On a stream a line that was on its way when the connection broke may
/// be lost, and is not known to be.
final class SocketSink: LineSink, @unchecked Sendable {
    // Unchecked: used by the device's writer thread only.
    private let address: SocketAddress
    private let timeoutMilliseconds: UInt64?
    private let framing: any LineFraming
    private var connection: SocketConnection?

    init(_ address: SocketAddress, timeoutMilliseconds: UInt64?, framing: any LineFraming) {
        self.address = address
        self.timeoutMilliseconds = timeoutMilliseconds
        self.framing = framing
    }

    func write(_ lines: UnsafeRawBufferPointer) throws(AuditFailure) {
        let limit = SocketConnection.Limit(milliseconds: timeoutMilliseconds)
        if !address.isDatagram, connection?.isClosedByPeer ?? false { connection = nil }
        if let connection {
            do throws(AuditFailure) {
                return try send(lines, connection, limit)
            } catch {
                self.connection = nil
                // A peer that takes nothing will not take more on a new connection.
                if error.code == .timedOut { throw error }
            }
        }
        let fresh = try SocketConnection.open(address, limit)
        try send(lines, fresh, limit)
        connection = fresh
    }

    private func send(
        _ lines: UnsafeRawBufferPointer, _ connection: SocketConnection,
        _ limit: SocketConnection.Limit
    ) throws(AuditFailure) {
        if !address.isDatagram && framing.isPlain { return try connection.send(lines, limit) }
        var start = 0
        while start < lines.count {
            let end = lines[start...].firstIndex(of: UInt8(ascii: "\n")) ?? lines.count
            let line = UnsafeRawBufferPointer(rebasing: lines[start..<end])
            let message = framing.message(line, isDatagram: address.isDatagram)
            try message.withRawBytes { bytes throws(AuditFailure) in
                try connection.send(bytes, limit)
            }
            start = end + 1
        }
    }

    func reopen() throws(AuditFailure) {}
    func close() { connection = nil }
}

/// What goes around a line.
protocol LineFraming: Sendable {
    /// Whether lines go out on a stream as they are.
    var isPlain: Bool { get }
    /// The message of one line, which comes without its line end.
    func message(_ line: UnsafeRawBufferPointer, isDatagram: Bool) -> [UInt8]
}

struct PlainFraming: LineFraming {
    var isPlain: Bool { true }
    func message(_ line: UnsafeRawBufferPointer, isDatagram: Bool) -> [UInt8] {
        Array(line) + [UInt8(ascii: "\n")]
    }
}
