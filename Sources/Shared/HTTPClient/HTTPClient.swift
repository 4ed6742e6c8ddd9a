// Requests to other servers over libcurl. They block, so they are made on threads that may wait.

internal import CHTTPClient
internal import Glibc
internal import Synchronization

/// Keeps its connections for the next request. Any number of threads may ask at once; each has a
/// connection of its own meanwhile.
public final class HTTPClient: Sendable {
    public struct Limits: Sendable {
        public var connectMilliseconds: Int
        /// From the start to the last byte of the answer.
        public var totalMilliseconds: Int
        public var answerBytes: Int
        /// Connections that are kept while nobody uses them.
        public var idleConnections: Int

        public init(
            connectMilliseconds: Int, totalMilliseconds: Int, answerBytes: Int,
            idleConnections: Int = 8
        ) {
            self.connectMilliseconds = connectMilliseconds
            self.totalMilliseconds = totalMilliseconds
            self.answerBytes = answerBytes
            self.idleConnections = idleConnections
        }
    }

    private static let isPrepared = coffer_http_prepare()

    private let limits: Limits
    private let idle = Mutex<[Handle]>([])

    public init(_ limits: Limits) { self.limits = limits }

    public func send(_ request: HTTPRequest) throws(HTTPFailure) -> HTTPAnswer {
        let lines = request.headers.map { "\($0.name): \($0.value)" }
        // A line's end in a value would begin another header, or another request.
        guard Self.isPrepared, lines.allSatisfy(Self.isOneLine), Self.isOneLine(request.url),
            let handle = idle.withLock({ $0.popLast() }) ?? Handle()
        else { throw HTTPFailure(.other) }
        let result = send(request, lines, on: handle)
        idle.withLock { idle in
            if idle.count < limits.idleConnections { idle.append(handle) }
        }
        return try result.get()
    }

    private static func isOneLine(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }

    private func send(
        _ request: HTTPRequest, _ lines: [String], on handle: Handle
    ) -> Result<HTTPAnswer, HTTPFailure> {
        var answer = coffer_http_answer()
        defer { coffer_http_forget(&answer) }
        withPointers(lines) { headers in
            withBytes(request.body) { body, bodyCount in
                withBytes(request.authorities) { authorities, authorityCount in
                    request.method.rawValue.withCString { method in
                        request.url.withCString { url in
                            var sent = coffer_http_request(
                                method: method, url: url, headers: headers,
                                header_count: lines.count, body: body, body_bytes: bodyCount,
                                authorities: authorities, authority_bytes: authorityCount,
                                connect_milliseconds: limits.connectMilliseconds,
                                total_milliseconds: limits.totalMilliseconds,
                                most_bytes: limits.answerBytes)
                            coffer_http_send(handle.pointer, &sent, &answer)
                        }
                    }
                }
            }
        }
        if let code = HTTPFailure.Code(answer.problem) {
            return .failure(HTTPFailure(code, detail: Self.detail(answer)))
        }
        let body = UnsafeBufferPointer(start: answer.body, count: answer.body_bytes)
        return .success(HTTPAnswer(status: answer.status, body: Array(body)))
    }

    private static func detail(_ answer: coffer_http_answer) -> String {
        withUnsafeBytes(of: answer.detail) {
            String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        }
    }

    private func withBytes(_ bytes: [UInt8]?, _ body: (UnsafePointer<UInt8>?, Int) -> Void) {
        guard let bytes else { return body(nil, 0) }
        // An empty one is one nevertheless.
        (bytes + [0]).withUnsafeBufferPointer { body($0.baseAddress, bytes.count) }
    }

    private func withPointers(
        _ lines: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Void
    ) {
        let texts = lines.map { strdup($0) }
        defer {
            for text in texts {
                guard let text else { continue }
                explicit_bzero(text, strlen(text))
                free(text)
            }
        }
        let pointers = texts.map { UnsafePointer($0) } + [nil]
        pointers.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            body(base)
        }
    }
}

/// Used by one thread at a time: whoever has taken it out of `idle`.
private final class Handle: @unchecked Sendable {
    // Unchecked: the pointer never changes, and what it points to is handed over under a lock.
    let pointer: OpaquePointer

    init?() {
        guard let pointer = coffer_http_open() else { return nil }
        self.pointer = pointer
    }

    deinit { coffer_http_close(pointer) }
}

extension HTTPFailure.Code {
    fileprivate init?(_ problem: Int32) {
        switch UInt32(bitPattern: problem) {
        case COFFER_HTTP_OK.rawValue: return nil
        case COFFER_HTTP_NAME.rawValue: self = .unknownHost
        case COFFER_HTTP_CONNECT.rawValue: self = .notConnected
        case COFFER_HTTP_TIME.rawValue: self = .timedOut
        case COFFER_HTTP_CERTIFICATE.rawValue: self = .untrustedCertificate
        case COFFER_HTTP_AUTHORITIES.rawValue: self = .badAuthorities
        case COFFER_HTTP_TLS.rawValue: self = .tlsFailed
        case COFFER_HTTP_TOO_LONG.rawValue: self = .tooLong
        case COFFER_HTTP_BROKEN.rawValue: self = .brokenAnswer
        default: self = .other
        }
    }
}
