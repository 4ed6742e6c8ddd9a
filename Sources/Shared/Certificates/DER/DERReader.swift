// ASN.1 in DER, read: element by element, within the bytes that are there. Lengths that are not
// the shortest form are refused, and so are tags of more than one byte.

public struct DERReader: Sendable {
    private var rest: ArraySlice<UInt8>

    public init(_ bytes: some Collection<UInt8>) { rest = ArraySlice(Array(bytes)) }

    private init(slice: ArraySlice<UInt8>) { rest = slice }

    public var isAtEnd: Bool { rest.isEmpty }

    /// The tag of the next element.
    public var nextTag: UInt8? { rest.first }

    public mutating func element() throws(CertificateError) -> (
        tag: UInt8, content: ArraySlice<UInt8>
    ) {
        let start = rest.startIndex
        guard rest.count >= 2 else { throw Self.malformed }
        let (tag, first) = (rest[start], Int(rest[start + 1]))
        guard tag & 0x1F != 0x1F else { throw Self.malformed }
        var (count, header) = (first, 2)
        if first >= 0x80 {
            let digits = first & 0x7F
            guard (1...4).contains(digits), rest.count >= 2 + digits else { throw Self.malformed }
            count = rest[(start + 2)..<(start + 2 + digits)].reduce(0) { $0 << 8 | Int($1) }
            guard count >= 0x80, count >> (8 * (digits - 1)) != 0 else { throw Self.malformed }
            header = 2 + digits
        }
        guard rest.count - header >= count else { throw Self.malformed }
        let content = rest[(start + header)..<(start + header + count)]
        rest = rest[(start + header + count)...]
        return (tag, content)
    }

    /// The next element as it stands there, with its tag and its length.
    public mutating func wholeElement() throws(CertificateError) -> ArraySlice<UInt8> {
        let before = rest
        _ = try element()
        return before[..<rest.startIndex]
    }

    /// The content of the next element, which has this tag.
    public mutating func content(_ tag: UInt8) throws(CertificateError) -> ArraySlice<UInt8> {
        let element = try element()
        guard element.tag == tag else { throw Self.malformed }
        return element.content
    }

    public mutating func constructed(_ tag: UInt8) throws(CertificateError) -> DERReader {
        DERReader(slice: try content(tag))
    }

    public mutating func sequence() throws(CertificateError) -> DERReader {
        try constructed(DERTag.sequence)
    }

    public mutating func oid() throws(CertificateError) -> ObjectIdentifier {
        guard let oid = ObjectIdentifier(content: Array(try content(DERTag.oid))) else {
            throw Self.malformed
        }
        return oid
    }

    /// A number that is not negative and fits.
    public mutating func integer() throws(CertificateError) -> Int {
        let digits = try content(DERTag.integer)
        guard let first = digits.first, first < 0x80, digits.count <= 7 else {
            throw Self.malformed
        }
        return digits.reduce(0) { $0 << 8 | Int($1) }
    }

    public mutating func boolean() throws(CertificateError) -> Bool {
        let content = try content(DERTag.boolean)
        guard content.count == 1, let byte = content.first else { throw Self.malformed }
        return byte != 0
    }

    public mutating func namedBits() throws(CertificateError) -> Set<Int> {
        let content = try content(DERTag.bitString)
        guard let unused = content.first, unused < 8 else { throw Self.malformed }
        var bits: Set<Int> = []
        for (place, byte) in content.dropFirst().prefix(8).enumerated() {
            for bit in 0..<8 where byte & (0x80 >> UInt8(bit)) != 0 { bits.insert(place * 8 + bit) }
        }
        return bits
    }

    public func end() throws(CertificateError) {
        if !rest.isEmpty { throw Self.malformed }
    }

    private static var malformed: CertificateError {
        CertificateError(.malformed, "the bytes are no DER")
    }
}
