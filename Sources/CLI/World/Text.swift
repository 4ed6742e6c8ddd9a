// Small helpers on strings and API paths that several commands need.

extension StringProtocol {
    /// Without white space at either end.
    var trimmed: String {
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
        let bytes = Array(utf8)
        guard let first = bytes.firstIndex(where: { !isSpace($0) }),
            let last = bytes.lastIndex(where: { !isSpace($0) })
        else { return "" }
        return String(decoding: bytes[first...last], as: UTF8.self)
    }

    /// Without the end of its last line; other white space may belong to it.
    var withoutLineEnd: String {
        var bytes = Array(utf8)
        if bytes.last == UInt8(ascii: "\n") {
            bytes.removeLast()
            if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Paths of the API, as a user may write them.
enum APIPath {
    /// Without slashes at either end.
    static func sanitized(_ path: String) -> String {
        var rest = path.trimmed[...]
        while rest.first == "/" { rest.removeFirst() }
        while rest.last == "/" { rest.removeLast() }
        return String(rest)
    }

    static func withTrailingSlash(_ path: String) -> String {
        let path = path.trimmed
        return path.isEmpty || path.hasSuffix("/") ? path : path + "/"
    }

    /// The parts with one slash between them.
    static func join(_ parts: String...) -> String {
        parts.map(sanitized).filter { !$0.isEmpty }.joined(separator: "/")
    }
}
