// From an entry to the line that one device writes.

internal import Clock
internal import Cryptography
internal import JSON

/// Makes the lines of one device on one lane. Not Sendable: it is used under the lane's lock.
final class LineFormatter {
    private let deviceID: UInt64
    private let format: LineFormat
    private let hash: SaltedHash
    private let prefix: [UInt8]
    private var clock = LineClock()
    private var callers: KnownCallers

    init(deviceID: UInt64, format: LineFormat, salt: SecretBytes) {
        self.deviceID = deviceID
        self.format = format
        hash = SaltedHash(salt: salt)
        prefix = Array(format.prefix.utf8)
        callers = KnownCallers(format)
    }

    /// Appends the line of a request, with its end.
    func appendRequest(
        _ subject: AuditSubject, error: EntryText?, at time: Timestamp, to lines: LineBuffer
    ) {
        append("request", subject, nil, error: error, at: time, to: lines)
    }

    /// Appends the line of a response, with its end.
    func appendResponse(
        _ response: EntryResponse, to subject: AuditSubject, error: EntryText?,
        at time: Timestamp, to lines: LineBuffer
    ) {
        append("response", subject, response, error: error, at: time, to: lines)
    }

    private func append(
        _ type: StaticString, _ subject: AuditSubject, _ response: EntryResponse?,
        error: EntryText?, at time: Timestamp, to lines: LineBuffer
    ) {
        lines.append(prefix)
        let start = lines.count
        var writer = FieldWriter(lines, format: format, hash: hash)
        writer.begin()
        writer.time("time", time, &clock)
        writer.word("type", type)
        if let kept = subject.fragment(for: deviceID) {
            writer.members(kept)
        } else if response == nil {
            subject.keep(writer.noting { self.append(subject, to: &$0) }, for: deviceID)
        } else {
            append(subject, to: &writer)
        }
        if let response {
            let isList = subject.request.operation == "list"
            writer.object("response") { $0.response(response, isList: isList) }
        }
        if let error { writer.text("error", error) }
        writer.end()
        if format.syntax == .jsonx {
            let xml = JSONx.encode(lines.bytes(from: start))
            lines.truncate(to: start)
            lines.append(xml)
        }
        lines.append(UInt8(ascii: "\n"))
    }

    /// `"auth":{…},"request":{…}`: what the two lines of a request have in common.
    private func append(_ subject: AuditSubject, to writer: inout FieldWriter) {
        if let known = callers.find(subject) {
            writer.members(known.authMember)
            writer.object("request") { writer in
                writer.request(subject.request) { $0.members(known.tokenMembers) }
            }
            return
        }
        let authMember = writer.noting { $0.object("auth") { $0.auth(subject.auth) } }
        var tokenMembers: [UInt8] = []
        writer.object("request") { writer in
            writer.request(subject.request) { writer in
                tokenMembers = writer.noting { $0.token(of: subject.request) }
            }
        }
        callers.keep(authMember, tokenMembers, of: subject)
    }
}
