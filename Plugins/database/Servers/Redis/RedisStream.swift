// The bytes to a Redis or Valkey server and back, plain or in TLS, with hiredis's reader for what
// comes. hiredis opens the socket; Debian's version of it knows no TLS.

import CHiredis
import Clock
import Glibc
import PluginSDK

/// Used by one thread at a time.
final class RedisStream {
    private static let receivedBytes = 16 * 1024
    /// What users' commands are answered with is short.
    private static let maxReplyBytes = 1 << 20

    private let context: UnsafeMutablePointer<redisContext>
    private var tls: TLSConnection?
    private var isBroken = false
    private var isClosed = false

    init(host: String, port: Int32, _ settings: TLSSettings?) throws(DatabaseError) {
        let limit = timeval(tv_sec: Limits.connectSeconds, tv_usec: 0)
        guard let context = redisConnectWithTimeout(host, port, limit) else {
            throw DatabaseError(.unreachable, "there is no memory for a connection")
        }
        self.context = context
        guard context.pointee.err == 0 else {
            let text = Redaction([]).clean(
                withUnsafeBytes(of: context.pointee.errstr) {
                    String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
                })
            close()
            throw DatabaseError(.unreachable, text)
        }
        if let settings {
            bound(seconds: Limits.connectSeconds)
            do throws(DatabaseError) {
                tls = try TLSConnection(socket: context.pointee.fd, host: host, settings)
            } catch {
                close()
                throw error
            }
        }
        bound(seconds: Limits.statementSeconds)
    }

    deinit { close() }

    private func bound(seconds: Int) {
        redisSetTimeout(context, timeval(tv_sec: seconds, tv_usec: 0))
    }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        if isBroken {
            // What was not sent yet is not to arrive after it was given up.
            var reset = linger(l_onoff: 1, l_linger: 0)
            setsockopt(
                context.pointee.fd, SOL_SOCKET, SO_LINGER, &reset,
                socklen_t(MemoryLayout<linger>.size))
        }
        tls = nil
        redisFree(context)
    }

    /// An idle session has nothing to say: what can be read is its end.
    var isAlive: Bool {
        guard !isBroken, !isClosed, tls?.hasPending != true else { return false }
        var polled = pollfd(fd: context.pointee.fd, events: Int16(POLLIN), revents: 0)
        return polled.fd >= 0 && poll(&polled, 1, 0) == 0
    }

    /// The reply, which the caller frees.
    func ask(_ command: [String]) throws(DatabaseError) -> UnsafeMutableRawPointer {
        guard !isBroken, !isClosed else { throw DatabaseError(.lost, "the session is over") }
        guard send(command) else { throw lost("it cannot be written to") }
        let deadline =
            MonotonicClock.nowNanoseconds + UInt64(Limits.statementSeconds) * 1_000_000_000
        var received = 0
        while true {
            var reply: UnsafeMutableRawPointer?
            guard redisReaderGetReply(context.pointee.reader, &reply) == REDIS_OK else {
                throw lost("what it answers is not Redis's protocol")
            }
            if let reply { return reply }
            guard received < Self.maxReplyBytes else { throw lost("its answer is too long") }
            guard MonotonicClock.nowNanoseconds < deadline else {
                throw lost("it did not answer in time")
            }
            received += try receive()
        }
    }

    private func lost(_ reason: String) -> DatabaseError {
        isBroken = true
        return DatabaseError(.lost, "the connection to the server was lost: \(reason)")
    }

    private func receive() throws(DatabaseError) -> Int {
        var count = 0
        let isFed = withUnsafeTemporaryAllocation(
            byteCount: Self.receivedBytes, alignment: 16
        ) { buffer in
            if let tls {
                count = tls.read(into: buffer)
            } else {
                repeat {
                    count = recv(context.pointee.fd, buffer.baseAddress, buffer.count, 0)
                } while count < 0 && errno == EINTR
            }
            return count > 0
                && redisReaderFeed(
                    context.pointee.reader, buffer.baseAddress?.assumingMemoryBound(to: CChar.self),
                    count) == REDIS_OK
        }
        guard isFed else {
            throw lost(count == 0 ? "the server has ended it" : "it did not answer in time")
        }
        return count
    }

    private func send(_ command: [String]) -> Bool {
        let copies = command.map { strdup($0) }
        defer {
            for (copy, text) in zip(copies, command) {
                if let copy { explicit_bzero(copy, text.utf8.count) }
                free(copy)
            }
        }
        guard copies.allSatisfy({ $0 != nil }) else { return false }
        var pointers = copies.map { UnsafePointer($0) }
        var text: UnsafeMutablePointer<CChar>?
        let count = redisFormatCommandArgv(
            &text, Int32(command.count), &pointers, command.map(\.utf8.count))
        guard count > 0, let text else { return false }
        defer {
            explicit_bzero(text, Int(count))
            redisFreeCommand(text)
        }
        return write(UnsafeRawBufferPointer(start: text, count: Int(count)))
    }

    private func write(_ bytes: UnsafeRawBufferPointer) -> Bool {
        if let tls { return tls.write(bytes) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let part = UnsafeRawBufferPointer(rebasing: rest)
            let count = Glibc.send(
                context.pointee.fd, part.baseAddress, part.count, Int32(MSG_NOSIGNAL))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}
