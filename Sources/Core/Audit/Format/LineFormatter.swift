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

    init(deviceID: UInt64, format: LineFormat, salt: SecretBytes) {
        self.deviceID = deviceID
        self.format = format
        hash = SaltedHash(salt: salt)
        prefix = Array(format.prefix.utf8)
    }

    /// Appends the line of a request, with its end.
    func appendRequest(
        _ subject: AuditSubject, error: EntryText?, at time: Timestamp, to lines: inout [UInt8]
    ) {
        append("request", subject, nil, error: error, at: time, to: &lines)
    }

    /// Appends the line of a response, with its end.
    func appendResponse(
        _ response: EntryResponse, to subject: AuditSubject, error: EntryText?,
        at time: Timestamp, to lines: inout [UInt8]
    ) {
        append("response", subject, response, error: error, at: time, to: &lines)
    }

    private func append(
        _ type: StaticString, _ subject: AuditSubject, _ response: EntryResponse?,
        error: EntryText?, at time: Timestamp, to lines: inout [UInt8]
    ) {
        lines.append(contentsOf: prefix)
        let start = lines.count
        lines.append(contentsOf: "{\"time\":\"".utf8)
        lines.append(contentsOf: time.rfc3339.utf8)
        lines.append(contentsOf: "\",\"type\":\"".utf8)
        type.withUTF8Buffer { lines.append(contentsOf: $0) }
        lines.append(contentsOf: "\",".utf8)
        if let kept = subject.fragment(for: deviceID) {
            lines.append(contentsOf: kept)
        } else {
            let fragment = fragment(subject)
            lines.append(contentsOf: fragment)
            if response == nil { subject.keep(fragment, for: deviceID) }
        }
        if let response {
            var writer = FieldWriter(format: format, hash: hash)
            writer.begin()
            writer.response(response, isList: subject.request.operation == "list")
            writer.end()
            lines.append(contentsOf: ",\"response\":".utf8)
            lines.append(contentsOf: writer.bytes)
        }
        if let error {
            var writer = FieldWriter(format: format, hash: hash)
            writer.begin()
            writer.text("error", error)
            writer.end()
            lines.append(UInt8(ascii: ","))
            lines.append(contentsOf: writer.bytes.dropFirst().dropLast())
        }
        lines.append(UInt8(ascii: "}"))
        if format.syntax == .jsonx {
            let xml = JSONx.encode(Array(lines[start...]))
            lines.removeLast(lines.count - start)
            lines.append(contentsOf: xml)
        }
        lines.append(UInt8(ascii: "\n"))
    }

    /// `"auth":{…},"request":{…}`: what the two lines of a request have in common.
    private func fragment(_ subject: AuditSubject) -> [UInt8] {
        var writer = FieldWriter(format: format, hash: hash)
        writer.begin()
        writer.object("auth") { $0.auth(subject.auth) }
        writer.object("request") { $0.request(subject.request) }
        writer.end()
        var bytes = writer.bytes
        bytes.removeLast()
        bytes.removeFirst()
        return bytes
    }
}
