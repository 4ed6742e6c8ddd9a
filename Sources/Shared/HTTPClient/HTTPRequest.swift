// A request to another server, as an engine makes it, and what came back.

public struct HTTPRequest: Sendable {
    public enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
    }

    public var method: Method
    /// `http:` or `https:`.
    public var url: String
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]?
    /// The certificates that the server's must lead to, in PEM; `nil` for those that the system
    /// trusts.
    public var authorities: [UInt8]?

    public init(
        _ method: Method, _ url: String, headers: [(name: String, value: String)] = [],
        body: [UInt8]? = nil, authorities: [UInt8]? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.authorities = authorities
    }
}

public struct HTTPAnswer: Sendable {
    public var status: Int
    public var body: [UInt8]

    public init(status: Int, body: [UInt8]) {
        self.status = status
        self.body = body
    }
}

/// There was no answer. Equal by code.
public struct HTTPFailure: Error, Sendable, Equatable {
    public enum Code: Sendable {
        /// The host's name leads nowhere.
        case unknownHost
        case notConnected
        case timedOut
        /// The server's certificate is not one of those trusted, or is another host's.
        case untrustedCertificate
        /// What should be trusted are no certificates.
        case badAuthorities
        case tlsFailed
        case tooLong
        /// It ended early, or was no HTTP.
        case brokenAnswer
        case other
    }

    public var code: Code
    /// The library's words, for the log.
    public var detail: String

    public init(_ code: Code, detail: String = "") {
        self.code = code
        self.detail = detail
    }

    public static func == (a: HTTPFailure, b: HTTPFailure) -> Bool { a.code == b.code }

    /// A sentence's end: "the server …".
    public var message: String {
        switch code {
        case .unknownHost: "has a name that cannot be resolved"
        case .notConnected: "cannot be connected to"
        case .timedOut: "does not answer in time"
        case .untrustedCertificate: "has a certificate that is not trusted"
        case .badAuthorities: "cannot be trusted: the certificates to trust cannot be read"
        case .tlsFailed: "does not speak TLS as it should"
        case .tooLong: "answers with more than is allowed"
        case .brokenAnswer: "broke off its answer, or it is not one of HTTP"
        case .other: "cannot be asked"
        }
    }
}
