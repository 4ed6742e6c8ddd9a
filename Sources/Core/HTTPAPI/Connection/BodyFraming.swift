// How long a request's body is, as its headers say.

internal import NIOHTTP1

extension MessageFramer.BodyFraming {
    /// The decoder has refused contradicting lengths already.
    init(_ head: HTTPRequestHead) {
        if head.headers.contains(name: "transfer-encoding") {
            self = .chunked
        } else if let text = head.headers.first(name: "content-length") {
            self = Int(text).map { $0 > 0 ? .bytes($0) : .none } ?? .bytes(.max)
        } else {
            self = .none
        }
    }

    var announcedBytes: Int {
        if case .bytes(let count) = self { count } else { 0 }
    }
}
