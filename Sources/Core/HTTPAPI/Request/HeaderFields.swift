// The headers, gone through once: what the API gives a meaning is taken out, the rest is passed on.

internal import Cryptography
internal import NIOHTTP1
internal import Paths

/// Headers of a request by their meaning.
///
/// Credentials are in `token` and nowhere else; nothing in here is ever logged.
struct HeaderFields {
    private(set) var token: SecretBytes?
    private(set) var namespace = ""
    private(set) var wrapTTLSeconds: UInt64?
    /// The request carries `X-Vault-Request: true`.
    private(set) var isMarkedAsRequest = false
    private(set) var contentType = ""
    private(set) var expectsContinue = false
    private(set) var wantsUpgrade = false
    /// The web page's origin, if a browser sends the request for one.
    private(set) var origin: String?
    /// The headers left over, names in lower case.
    private(set) var others: [(name: String, value: String)] = []

    private var bearerToken: SecretBytes?
    private var seen = KnownHeaders()

    init(_ headers: HTTPHeaders, version: HTTPVersion) throws(Refusal) {
        for (name, untrimmed) in headers {
            // White space around a value is no part of it (RFC 9110, 5.5).
            let value = untrimmed.trimmingSpaces()
            if let known = KnownHeader(name) {
                try take(known, value)
            } else {
                others.append((Self.lowercased(name), value))
            }
        }
        if token == nil { token = bearerToken }
        if version.minor > 0, !seen.contains(.host) {
            throw .badRequest("missing required Host header")
        }
    }

    private mutating func take(_ known: KnownHeader, _ value: String) throws(Refusal) {
        if !seen.insert(known), known.isSingle {
            throw .badRequest("header \(known.name) is given more than once")
        }
        switch known {
        case .token:
            if !value.isEmpty { token = SecretBytes(utf8: value) }
        case .authorization:
            try takeAuthorization(value)
        case .namespace:
            try takeNamespace(value)
        case .wrapTTL:
            try takeWrapTTL(value)
        case .request:
            isMarkedAsRequest = value == "true"
        case .contentType:
            contentType = value
            others.append((known.name, value))
        case .expect:
            guard Self.lowercased(value) == "100-continue" else {
                throw Refusal(417, "only \"Expect: 100-continue\" is understood")
            }
            expectsContinue = true
        case .upgrade:
            wantsUpgrade = true
        case .origin:
            if !value.isEmpty { origin = value }
            others.append((known.name, value))
        case .host:
            others.append((known.name, value))
        case .connection, .contentLength, .transferEncoding:
            break
        }
    }

    /// A bearer token is a token; any other scheme is left for auth methods that ask for it.
    private mutating func takeAuthorization(_ value: String) throws(Refusal) {
        let scheme = "bearer "
        guard value.utf8.count >= scheme.utf8.count,
            Self.lowercased(String(value.utf8.prefix(scheme.utf8.count)) ?? "") == scheme
        else {
            others.append((KnownHeader.authorization.name, value))
            return
        }
        let text = value.utf8.dropFirst(scheme.utf8.count).drop { $0 == UInt8(ascii: " ") }
        guard !text.isEmpty else { return }
        bearerToken = SecretBytes(utf8: String(Substring(text)))
    }

    private mutating func takeNamespace(_ value: String) throws(Refusal) {
        var text = Substring(value)
        while text.utf8.first == UInt8(ascii: "/") { text = text.dropFirst() }
        while text.utf8.last == UInt8(ascii: "/") { text = text.dropLast() }
        let name = String(text)
        do {
            try RequestPath.checkNamespace(name)
        } catch {
            throw .badRequest("invalid X-Vault-Namespace: \(error.message)")
        }
        namespace = name.utf8.elementsEqual("root".utf8) ? "" : name
    }

    private mutating func takeWrapTTL(_ value: String) throws(Refusal) {
        guard !value.isEmpty else { return }
        guard let seconds = DurationText.seconds(value), seconds >= 0 else {
            throw .badRequest(
                "invalid X-Vault-Wrap-TTL: a number of seconds or a duration such as \"5m\"")
        }
        // Less than a second is still a wish to have the answer wrapped.
        let isZero = !value.utf8.contains { (UInt8(ascii: "1")...UInt8(ascii: "9")).contains($0) }
        wrapTTLSeconds = isZero ? nil : UInt64(max(seconds, 1))
    }

    /// The content type without its parameters.
    var mediaType: String {
        let text = contentType.utf8.prefix { $0 != UInt8(ascii: ";") }
        return Self.lowercased(String(Substring(text)).trimmingSpaces())
    }

    func requireMergePatch() throws(Refusal) {
        guard mediaType == "application/merge-patch+json" else {
            throw .notMergePatch(contentType)
        }
    }

    static func lowercased(_ text: String) -> String {
        // HTTP/2-minded clients write lower case already; their string is kept.
        text.utf8.contains { (0x41...0x5A).contains($0) } ? text.lowercased() : text
    }
}

extension String {
    fileprivate func trimmingSpaces() -> String {
        guard let first = utf8.first, let last = utf8.last,
            first == 0x20 || first == 0x09 || last == 0x20 || last == 0x09
        else { return self }
        var text = Substring(self)
        while let first = text.utf8.first, first == 0x20 || first == 0x09 {
            text = text.dropFirst()
        }
        while let last = text.utf8.last, last == 0x20 || last == 0x09 { text = text.dropLast() }
        return String(text)
    }
}
