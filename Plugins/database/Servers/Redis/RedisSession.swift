// One session with a Redis or Valkey server, over hiredis. A command is a list of byte strings with
// their lengths, so nothing in a name or a password can become another command.

import CHiredis
import Glibc
import PluginSDK

/// Used by one thread at a time, as the library wants it; the pool sees to that.
final class RedisSession: DatabaseSession, @unchecked Sendable {
    enum Reply: Equatable {
        case none
        case status(String)
        case text(String)
        case number(Int64)
        case list(Int)
    }

    private let context: UnsafeMutablePointer<redisContext>
    private let redaction: Redaction
    private var isBroken = false
    private var isClosed = false

    init(
        host: String, port: Int32, username: String, password: String
    ) throws(DatabaseError) {
        redaction = Redaction([password])
        let limit = timeval(tv_sec: Limits.connectSeconds, tv_usec: 0)
        guard let context = redisConnectWithTimeout(host, port, limit) else {
            throw DatabaseError(.unreachable, "there is no memory for a connection")
        }
        self.context = context
        guard context.pointee.err == 0 else {
            let text = redaction.clean(Self.errorText(context))
            close()
            throw DatabaseError(.unreachable, text)
        }
        redisSetTimeout(context, timeval(tv_sec: Limits.statementSeconds, tv_usec: 0))
        if username.isEmpty && password.isEmpty { return }
        do throws(DatabaseError) {
            let credentials = username.isEmpty ? [password] : [username, password]
            try run(["AUTH"] + credentials, hiding: [password])
        } catch {
            close()
            throw error.code == .failed ? DatabaseError(.denied, error.message) : error
        }
    }

    deinit { close() }

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
        redisFree(context)
    }

    /// An idle session has nothing to say: what can be read is its end.
    var isAlive: Bool {
        guard !isBroken, !isClosed, context.pointee.err == 0 else { return false }
        var polled = pollfd(fd: context.pointee.fd, events: Int16(POLLIN), revents: 0)
        return polled.fd >= 0 && poll(&polled, 1, 0) == 0
    }

    /// `secrets` are in the command and must not be in what the server says about it.
    @discardableResult
    func run(_ command: [String], hiding secrets: [String] = []) throws(DatabaseError) -> Reply {
        guard !isBroken, !isClosed else { throw DatabaseError(.lost, "the session is over") }
        guard command.allSatisfy({ !$0.utf8.contains(0) }) else {
            throw DatabaseError(.invalid, "a name, password or rule contains a NUL")
        }
        guard let answer = send(command) else {
            isBroken = true
            throw DatabaseError(
                .lost,
                "the connection to the server was lost: "
                    + redaction.clean(Self.errorText(context)))
        }
        defer { freeReplyObject(answer) }
        let reply = answer.assumingMemoryBound(to: redisReply.self).pointee
        switch reply.type {
        case REDIS_REPLY_ERROR:
            let text = Redaction(secrets).clean(redaction.clean(Self.text(reply)))
            let isDenied = text.hasPrefix("WRONGPASS") || text.hasPrefix("NOAUTH")
            throw DatabaseError(isDenied ? .denied : .failed, text)
        case REDIS_REPLY_STATUS: return .status(Self.text(reply))
        case REDIS_REPLY_STRING: return .text(Self.text(reply))
        case REDIS_REPLY_INTEGER: return .number(reply.integer)
        case REDIS_REPLY_ARRAY: return .list(reply.elements)
        default: return .none
        }
    }

    private func send(_ command: [String]) -> UnsafeMutableRawPointer? {
        let copies = command.map { strdup($0) }
        defer {
            for (copy, text) in zip(copies, command) {
                if let copy { explicit_bzero(copy, text.utf8.count) }
                free(copy)
            }
        }
        guard copies.allSatisfy({ $0 != nil }) else { return nil }
        var pointers = copies.map { UnsafePointer($0) }
        let lengths = command.map(\.utf8.count)
        return pointers.withUnsafeMutableBufferPointer { pointers in
            lengths.withUnsafeBufferPointer { lengths in
                redisCommandArgv(
                    context, Int32(command.count), pointers.baseAddress, lengths.baseAddress)
            }
        }
    }

    private static func text(_ reply: redisReply) -> String {
        guard let start = reply.str else { return "" }
        return start.withMemoryRebound(to: UInt8.self, capacity: reply.len) {
            String(decoding: UnsafeBufferPointer(start: $0, count: reply.len), as: UTF8.self)
        }
    }

    private static func errorText(_ context: UnsafeMutablePointer<redisContext>) -> String {
        withUnsafeBytes(of: context.pointee.errstr) {
            String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}
