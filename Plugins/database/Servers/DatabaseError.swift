// How a step with a database failed: a code to decide by and a text without secrets.

import PluginSDK

struct DatabaseError: Error, Sendable, Equatable {
    enum Code: Sendable, Equatable {
        /// There is no connection to be had.
        case unreachable
        /// The server does not take the engine's user or password.
        case denied
        /// All connections are in use, and stay so.
        case busy
        /// The connection broke or took too long. What was begun may have been done.
        case lost
        /// The same, before the server was told anything that changes something.
        case lostBefore
        /// Another transaction was in the way; to be tried again.
        case conflict
        /// The server refused a statement.
        case failed
        /// It was not tried: the request makes no sense.
        case invalid
    }

    var code: Code
    /// Shown to clients and logged. Whoever makes it has taken all secrets out.
    var message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Equal by code: nobody decides by the text.
    static func == (a: DatabaseError, b: DatabaseError) -> Bool { a.code == b.code }

    /// What a client hears whose request was fine but for the database.
    func failure(_ what: String) -> PluginError {
        switch code {
        case .invalid: PluginError(.invalidRequest, "\(what): \(message)")
        case .busy: PluginError(.unavailable, "\(what): \(message)")
        case .unreachable, .denied, .lost, .lostBefore, .conflict, .failed:
            PluginError(.upstreamFailed, "\(what): \(message)")
        }
    }
}

/// Takes secrets out of other people's texts.
struct Redaction: Sendable {
    private let secrets: [String]

    /// Short texts are left alone: they would turn up by chance.
    init(_ secrets: [String]) {
        self.secrets = secrets.filter { $0.utf8.count >= 4 }
            .sorted { $0.utf8.count > $1.utf8.count }
    }

    /// One line, not longer than `Limits.maxErrorBytes`, without control characters.
    func clean(_ text: String) -> String {
        var bytes = Array(text.utf8)
        for secret in secrets { bytes = Self.replacing(bytes, Array(secret.utf8)) }
        let line = bytes.map { $0 < 0x20 || $0 == 0x7F ? UInt8(ascii: " ") : $0 }
        let trimmed = String(decoding: line.prefix(Limits.maxErrorBytes), as: UTF8.self)
        return String(trimmed.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }

    private static func replacing(_ text: [UInt8], _ secret: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var index = 0
        while index < text.count {
            if text.count - index >= secret.count,
                text[index..<index + secret.count].elementsEqual(secret)
            {
                result += Array("*****".utf8)
                index += secret.count
            } else {
                result.append(text[index])
                index += 1
            }
        }
        return result
    }
}
