// An answer as the bytes of an HTTP/1 message, in one buffer: one write instead of a head, a body
// and an end.

internal import Kernel
internal import NIOCore
internal import NIOHTTP1

/// What the connection adds to an answer.
struct ResponseFraming {
    /// For HEAD: the head that GET would have had, and nothing after it.
    var omitsBody = false
    var closes = false
    /// HTTP/1.0 clients keep a connection only if they are told so.
    var confirmsKeepAlive = false
    /// The listener speaks TLS, so browsers are told never to come without it.
    var isTLS = false
    /// Not with HTTP/1.0.
    var knowsChunks = true
    /// What the listener's configuration adds.
    var custom: CustomHeaders.Lines?
}

enum ResponseEncoder {
    static func encode(
        _ response: ClientResponse, framing: ResponseFraming, allocator: ByteBufferAllocator
    ) -> ByteBuffer {
        let content = Content(response.body)
        var buffer = allocator.buffer(capacity: 320 + (framing.omitsBody ? 0 : content.bytes.count))
        buffer.writeStaticString("HTTP/1.1 ")
        writeStatus(response.status, to: &buffer)
        buffer.writeStaticString("\r\n")
        let custom = framing.custom
        let overrides = writeHeaders(response.headers, over: custom?.names ?? [], to: &buffer)
        if !overrides { buffer.writeStaticString("Cache-Control: no-store\r\n") }
        if let custom { buffer.writeBytes(custom.bytes) }
        if framing.isTLS, custom?.names.contains("strict-transport-security") != true {
            buffer.writeStaticString(
                "Strict-Transport-Security: max-age=31536000; includeSubDomains\r\n")
        }
        if framing.closes {
            buffer.writeStaticString("Connection: close\r\n")
        } else if framing.confirmsKeepAlive {
            buffer.writeStaticString("Connection: keep-alive\r\n")
        }
        guard mayHaveBody(response.status) else {
            buffer.writeStaticString("\r\n")
            return buffer
        }
        writeContentType(content, to: &buffer)
        if content.isStream {
            // The end of a body of unknown length is its last chunk, or the connection's end.
            buffer.writeStaticString(framing.knowsChunks ? "Transfer-Encoding: chunked\r\n" : "")
        } else {
            buffer.writeStaticString("Content-Length: ")
            buffer.writeString(String(content.bytes.count))
            buffer.writeStaticString("\r\n")
        }
        buffer.writeStaticString("\r\n")
        if !framing.omitsBody { buffer.writeBytes(content.bytes) }
        return buffer
    }

    private static func mayHaveBody(_ status: Int) -> Bool {
        status >= 200 && status != 204 && status != 304
    }

    private static func writeStatus(_ status: Int, to buffer: inout ByteBuffer) {
        switch status {
        case 200: buffer.writeStaticString("200 OK")
        case 204: buffer.writeStaticString("204 No Content")
        default:
            // A status is three digits; anything else is an error of ours and not sent.
            let known = (200...599).contains(status) ? status : 500
            buffer.writeString("\(known) ")
            buffer.writeString(HTTPResponseStatus(statusCode: known).reasonPhrase)
        }
    }

    private static func writeContentType(_ content: Content, to buffer: inout ByteBuffer) {
        guard let type = content.type else {
            if !content.bytes.isEmpty {
                buffer.writeStaticString("Content-Type: application/json\r\n")
            }
            return
        }
        guard isFieldValue(type) else {
            buffer.writeStaticString("Content-Type: application/octet-stream\r\n")
            return
        }
        buffer.writeStaticString("Content-Type: ")
        buffer.writeString(type)
        buffer.writeStaticString("\r\n")
    }

    /// Writes what an engine or the core asks for, and says whether `Cache-Control` was among it.
    ///
    /// A name or value that could end its line is left out: a plugin must not be able to write a
    /// second answer.
    private static func writeHeaders(
        _ headers: [(name: String, value: String)], over custom: Set<String>,
        to buffer: inout ByteBuffer
    ) -> Bool {
        var overridesCaching = false
        for (name, value) in headers where isFieldName(name) && isFieldValue(value) {
            switch name.lowercased() {
            // The operator of the server has the last word.
            case let lowered where custom.contains(lowered): continue
            case "connection", "content-length", "content-type", "transfer-encoding", "upgrade",
                "keep-alive", "trailer", "strict-transport-security":
                continue
            case "cache-control":
                overridesCaching = true
            default: break
            }
            buffer.writeString(name)
            buffer.writeStaticString(": ")
            buffer.writeString(value)
            buffer.writeStaticString("\r\n")
        }
        return overridesCaching
    }

    private static func isFieldName(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                case UInt8(ascii: "-"), UInt8(ascii: "_"): true
                default: false
                }
            }
    }

    private static func isFieldValue(_ value: String) -> Bool {
        value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
    }
}

/// A body and, where it is not JSON, its type.
private struct Content {
    let type: String?
    let bytes: [UInt8]
    var isStream = false

    init(_ body: ResponseBody) {
        switch body {
        case .none: (type, bytes) = (nil, [])
        case .errors(let errors, let warnings):
            (type, bytes) = (nil, EnvelopeEncoder.encode(errors: errors, warnings: warnings))
        case .json(let json): (type, bytes) = (nil, json)
        case .raw(let contentType, let raw): (type, bytes) = (contentType, raw)
        case .envelope(let envelope): (type, bytes) = (nil, EnvelopeEncoder.encode(envelope))
        case .stream(let contentType, _): (type, bytes, isStream) = (contentType, [], true)
        }
    }
}

extension ClientResponse {
    init(_ refusal: Refusal) {
        self.init(
            status: refusal.status, body: .errors([refusal.message]),
            headers: refusal.headers.map { ($0.name, $0.value) })
    }
}
