// Names of subjects and issuers: attributes in order, those of one kind in one set.

public struct DistinguishedName: Sendable, Hashable {
    public struct Attribute: Sendable, Hashable {
        public var type: ObjectIdentifier
        public var value: String

        public init(_ type: ObjectIdentifier, _ value: String) {
            self.type = type
            self.value = value
        }
    }

    /// Relative names, of which nearly all have one attribute.
    public var parts: [[Attribute]] = []

    public init() {}

    /// One relative name of all these values; none of none.
    public mutating func append(_ type: ObjectIdentifier, _ values: [String]) {
        let values = values.filter { !$0.isEmpty }
        if !values.isEmpty { parts.append(values.map { Attribute(type, $0) }) }
    }

    public var isEmpty: Bool { parts.isEmpty }

    public func values(_ type: ObjectIdentifier) -> [String] {
        parts.joined().filter { $0.type == type }.map(\.value)
    }

    public var commonName: String? { values(.commonName).last }

    public var der: [UInt8] {
        var writer = DERWriter()
        writer.sequence { names in
            for part in parts {
                // A set's elements are in the order of their bytes (X.690, 11.6).
                let attributes = part.map(Self.encode).sorted { $0.lexicographicallyPrecedes($1) }
                names.element(DERTag.set, Array(attributes.joined()))
            }
        }
        return writer.bytes
    }

    /// Reads text of the kinds that are in use; a name with another cannot be read.
    public init(der: [UInt8]) throws(CertificateError) {
        var reader = DERReader(der)
        var names = try reader.sequence()
        try reader.end()
        while !names.isAtEnd {
            var set = try names.constructed(DERTag.set)
            var part: [Attribute] = []
            while !set.isAtEnd {
                var pair = try set.sequence()
                let type = try pair.oid()
                let (tag, content) = try pair.element()
                try pair.end()
                part.append(Attribute(type, try Self.text(tag, content)))
            }
            parts.append(part)
        }
    }

    private static func text(
        _ tag: UInt8, _ content: ArraySlice<UInt8>
    ) throws(CertificateError) -> String {
        switch tag {
        case DERTag.utf8String, DERTag.printableString, DERTag.ia5String:
            if let text = String(validating: content, as: UTF8.self) { return text }
        case DERTag.teletexString:
            return String(String.UnicodeScalarView(content.map { Unicode.Scalar($0) }))
        case DERTag.bmpString where content.count.isMultiple(of: 2):
            let units = stride(from: content.startIndex, to: content.endIndex, by: 2).map {
                UInt16(content[$0]) << 8 | UInt16(content[$0 + 1])
            }
            if let text = String(validating: units, as: UTF16.self) { return text }
        default: break
        }
        throw CertificateError(.malformed, "the name has an attribute that is no text")
    }

    private static func encode(_ attribute: Attribute) -> [UInt8] {
        var writer = DERWriter()
        writer.sequence { pair in
            pair.oid(attribute.type)
            let isPrintable = attribute.value.utf8.allSatisfy(isPrintable)
            pair.element(
                isPrintable ? DERTag.printableString : DERTag.utf8String, attribute.value.utf8)
        }
        return writer.bytes
    }

    /// The characters of PrintableString (X.680, 41.4).
    private static func isPrintable(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: " '()+,-./:=?".utf8.contains(byte)
        }
    }
}
