// A request that HTTP itself turns down, before the core sees it.

internal import NIOHTTP1

/// Status and text of an answer to something that is not an acceptable request.
///
/// The text never repeats what the client sent, except where a header's value is what Vault's own
/// text quotes.
struct Refusal: Error, Equatable {
    let status: Int
    let message: String
    var headers: [HeaderPair] = []

    struct HeaderPair: Equatable {
        let name: String
        let value: String
    }

    init(_ status: Int, _ message: String) {
        self.status = status
        self.message = message
    }

    static func badRequest(_ message: String) -> Refusal { Refusal(400, message) }

    static let notHTTP = badRequest("malformed HTTP request")
    static let headTooLarge = Refusal(431, "request line and headers are too large")
    static let targetTooLong = Refusal(414, "path and query are too long")
    static let bodyTooLarge = Refusal(413, "request body too large")
    static let timedOut = Refusal(408, "the request did not arrive in time")
    static let versionNotSupported = Refusal(505, "only HTTP/1.0 and HTTP/1.1 are spoken here")
    static let outsideTheAPI = Refusal(404, "nothing is here: the API's paths begin with /v1/")
    static let noUserInterface = Refusal(
        404, "this server has no web interface; the API's paths begin with /v1/")
    static let requestHeaderMissing = Refusal(412, "missing \"X-Vault-Request\" header")

    static let methodNotAllowed: Refusal = {
        var refusal = Refusal(405, "method not allowed")
        refusal.headers = [
            HeaderPair(name: "Allow", value: "GET, HEAD, LIST, POST, PUT, PATCH, DELETE")
        ]
        return refusal
    }()

    static func notMergePatch(_ provided: String) -> Refusal {
        Refusal(
            415,
            "PATCH requires Content-Type of application/merge-patch+json, provided \(provided)")
    }

    /// The refusal for what NIO's decoder could not read.
    static func decoding(_ error: any Error) -> Refusal {
        switch error as? HTTPParserError {
        case .some(.headerOverflow): headTooLarge
        case .some(.invalidVersion): versionNotSupported
        case .some(.invalidMethod): methodNotAllowed
        default: notHTTP
        }
    }
}
