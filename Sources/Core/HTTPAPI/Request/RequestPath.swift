// The spelling of a path: decoded once, and refused unless it has exactly one reading.

// Normalisation without Foundation; the standard library has it under this name only.
@_spi(_Unicode) internal import Swift

/// A path below `/v1/`, percent-decoded.
///
/// Policies, mounts and storage compare paths as bytes. Two spellings of one path would be two
/// answers to "may this be read", so whatever does not normalise to itself is refused instead of
/// being repaired.
struct RequestPath: Equatable {
    private(set) var text: String
    /// Whether it has `//` somewhere. Hardly any path may; the kernel knows which, as the engines
    /// declare it.
    let hasEmptySegments: Bool

    /// - Parameter target: the raw path of the request line, without its query.
    init(target: Substring) throws(Refusal) {
        guard let encoded = Self.belowAPI(target) else {
            let isInterface =
                target.utf8.elementsEqual("/ui".utf8) || target.utf8.starts(with: "/ui/".utf8)
            throw isInterface ? .noUserInterface : .outsideTheAPI
        }
        let decoded = try Self.percentDecoded(encoded)
        hasEmptySegments = try Self.check(decoded)
        guard !decoded.isEmpty else { throw .outsideTheAPI }
        self.text = decoded
    }

    /// Lists are of folders: their paths end in a slash.
    mutating func makeFolder() {
        if text.utf8.last != UInt8(ascii: "/") { text.append("/") }
    }

    private static func belowAPI(_ target: Substring) -> Substring? {
        let prefix = "/v1/".utf8
        guard target.utf8.starts(with: prefix) else { return nil }
        return Substring(target.utf8.dropFirst(prefix.count))
    }

    private static func percentDecoded(_ encoded: Substring) throws(Refusal) -> String {
        guard encoded.utf8.contains(UInt8(ascii: "%")) else { return String(encoded) }
        guard let decoded = PercentEncoding.decode(encoded.utf8, plusIsSpace: false) else {
            throw .badRequest("path is not percent-encoded UTF-8")
        }
        return decoded
    }

    /// A namespace's name has no slash at its end and none that follow one another.
    static func checkNamespace(_ name: String) throws(Refusal) {
        if try check(name) { throw emptySegments }
        if name.utf8.last == UInt8(ascii: "/") { throw .badRequest("path ends in a slash") }
    }

    static let emptySegments = Refusal.badRequest("path contains \"//\"")

    /// The rules that hold for paths and namespaces alike. Says whether there is a `//`.
    private static func check(_ path: String) throws(Refusal) -> Bool {
        var hasEmptySegments = false
        var segmentLength = 0
        var dots = 0
        var isASCII = true
        var atStart = true
        for byte in path.utf8 {
            switch byte {
            case UInt8(ascii: "/"):
                if atStart { throw .badRequest("path begins with two slashes") }
                if segmentLength == 0 { hasEmptySegments = true }
                try checkDots(dots, of: segmentLength)
                segmentLength = 0
                dots = 0
            case 0..<0x20, 0x7F:
                throw .badRequest("path contains a control character")
            case UInt8(ascii: "."):
                segmentLength += 1
                dots += 1
            default:
                if byte >= 0x80 { isASCII = false }
                segmentLength += 1
            }
            atStart = false
        }
        try checkDots(dots, of: segmentLength)
        if !isASCII { try checkUnicode(path) }
        return hasEmptySegments
    }

    private static func checkDots(_ dots: Int, of segmentLength: Int) throws(Refusal) {
        guard dots == segmentLength, dots == 1 || dots == 2 else { return }
        throw .badRequest("path contains a \".\" or \"..\" segment")
    }

    private static func checkUnicode(_ path: String) throws(Refusal) {
        for scalar in path.unicodeScalars {
            switch scalar.value {
            case 0xFFFD:
                // What the decoder puts in the place of invalid UTF-8; as a name of its own it has
                // no use.
                throw .badRequest("path is not valid UTF-8")
            case 0x80..<0xA0:
                throw .badRequest("path contains a control character")
            case 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x2069, 0xFEFF:
                // Invisible characters and direction overrides make two paths look alike in a
                // policy.
                throw .badRequest("path contains an invisible character")
            default: continue
            }
        }
        var scalars = path.unicodeScalars.makeIterator()
        for normal in path._nfc where scalars.next() != normal {
            throw .badRequest("path is not in Unicode normal form C")
        }
        guard scalars.next() == nil else {
            throw .badRequest("path is not in Unicode normal form C")
        }
    }
}
