// One session with a Redis or Valkey server. A command is a list of byte strings with their
// lengths, so nothing in a name or a password can become another command.

import CHiredis
import PluginSDK

/// Used by one thread at a time; the pool sees to that.
final class RedisSession: DatabaseSession, @unchecked Sendable {
    enum Reply: Equatable {
        case none
        case status(String)
        case text(String)
        case number(Int64)
        case list(Int)
    }

    private let stream: RedisStream
    private let redaction: Redaction

    init(
        host: String, port: Int32, username: String, password: String, _ tls: TLSSettings?
    ) throws(DatabaseError) {
        redaction = Redaction([password])
        stream = try RedisStream(host: host, port: port, tls)
        do throws(DatabaseError) {
            if username.isEmpty && password.isEmpty {
                // After it nothing of the handshake is on its way, which would look like an end.
                if tls != nil { try run(["PING"]) }
                return
            }
            let credentials = username.isEmpty ? [password] : [username, password]
            try run(["AUTH"] + credentials, hiding: [password])
        } catch {
            close()
            throw error.code == .failed ? DatabaseError(.denied, error.message) : error
        }
    }

    func close() { stream.close() }

    var isAlive: Bool { stream.isAlive }

    /// `secrets` are in the command and must not be in what the server says about it.
    @discardableResult
    func run(_ command: [String], hiding secrets: [String] = []) throws(DatabaseError) -> Reply {
        guard command.allSatisfy({ !$0.utf8.contains(0) }) else {
            throw DatabaseError(.invalid, "a name, password or rule contains a NUL")
        }
        let answer = try stream.ask(command)
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

    private static func text(_ reply: redisReply) -> String {
        guard let start = reply.str else { return "" }
        return start.withMemoryRebound(to: UInt8.self, capacity: reply.len) {
            String(decoding: UnsafeBufferPointer(start: $0, count: reply.len), as: UTF8.self)
        }
    }
}
