// ASN.1 in DER, written: what stands inside extensions and names. The structures around them are
// OpenSSL's.

public struct DERWriter: Sendable {
    public private(set) var bytes: [UInt8] = []

    public init() {}

    public mutating func element(_ tag: UInt8, _ content: some Collection<UInt8>) {
        bytes.append(tag)
        appendLength(content.count)
        bytes.append(contentsOf: content)
    }

    public mutating func constructed<Failure: Error>(
        _ tag: UInt8, _ body: (inout DERWriter) throws(Failure) -> Void
    ) throws(Failure) {
        var inner = DERWriter()
        try body(&inner)
        element(tag, inner.bytes)
    }

    public mutating func sequence<Failure: Error>(
        _ body: (inout DERWriter) throws(Failure) -> Void
    ) throws(Failure) {
        try constructed(DERTag.sequence, body)
    }

    /// What is DER already.
    public mutating func raw(_ der: some Collection<UInt8>) { bytes.append(contentsOf: der) }

    public mutating func boolean(_ value: Bool) { element(DERTag.boolean, [value ? 0xFF : 0]) }

    public mutating func integer(_ value: UInt64) {
        let digits = (0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - $0 * 8)) }
        integer(bytes: digits)
    }

    /// A number that is not negative, big-endian.
    public mutating func integer(bytes digits: [UInt8]) {
        var content = Array(digits.drop { $0 == 0 })
        if content.first.map({ $0 >= 0x80 }) ?? true { content.insert(0, at: 0) }
        element(DERTag.integer, content)
    }

    public mutating func oid(_ oid: ObjectIdentifier) { element(DERTag.oid, oid.content) }

    public mutating func octets(_ content: some Collection<UInt8>) {
        element(DERTag.octetString, content)
    }

    public mutating func utf8(_ text: String) { element(DERTag.utf8String, text.utf8) }

    public mutating func ia5(_ text: String) { element(DERTag.ia5String, text.utf8) }

    /// Flags, the first of them in the highest bit, without trailing zeros (X.690, 11.2.2).
    public mutating func namedBits(_ bits: Set<Int>) {
        let highest = bits.max() ?? -1
        var content = [UInt8](repeating: 0, count: (highest + 8) / 8)
        for bit in bits where bit >= 0 { content[bit / 8] |= 0x80 >> UInt8(bit % 8) }
        let unused = highest < 0 ? 0 : 7 - highest % 8
        element(DERTag.bitString, [UInt8(unused)] + content)
    }

    private mutating func appendLength(_ count: Int) {
        guard count >= 0x80 else { return bytes.append(UInt8(count)) }
        let digits = (0..<8).map { UInt8(truncatingIfNeeded: count >> (56 - $0 * 8)) }
            .drop { $0 == 0 }
        bytes.append(0x80 | UInt8(digits.count))
        bytes.append(contentsOf: digits)
    }
}

public enum DERTag {
    public static let boolean: UInt8 = 0x01
    public static let integer: UInt8 = 0x02
    public static let bitString: UInt8 = 0x03
    public static let octetString: UInt8 = 0x04
    public static let oid: UInt8 = 0x06
    public static let utf8String: UInt8 = 0x0C
    public static let printableString: UInt8 = 0x13
    public static let teletexString: UInt8 = 0x14
    public static let ia5String: UInt8 = 0x16
    public static let bmpString: UInt8 = 0x1E
    public static let sequence: UInt8 = 0x30
    public static let set: UInt8 = 0x31

    public static func context(_ number: UInt8, constructed: Bool = false) -> UInt8 {
        0x80 | (constructed ? 0x20 : 0) | number
    }
}
