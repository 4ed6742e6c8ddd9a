// Alternative names, and the names that constraints are about (RFC 5280, 4.2.1.6 and 4.2.1.10).

public enum GeneralName: Sendable, Hashable {
    case dns(String)
    case email(String)
    case uri(String)
    /// Four or sixteen bytes; with a mask twice as many.
    case ip([UInt8])
    /// UTF-8 text under an identifier.
    case other(ObjectIdentifier, String)
    /// Of a kind that is passed on as it is: the tag and what it holds.
    case unknown(tag: UInt8, content: [UInt8])

    func write(to writer: inout DERWriter) {
        switch self {
        case .email(let text): writer.element(DERTag.context(1), text.utf8)
        case .dns(let text): writer.element(DERTag.context(2), text.utf8)
        case .uri(let text): writer.element(DERTag.context(6), text.utf8)
        case .ip(let bytes): writer.element(DERTag.context(7), bytes)
        case .other(let oid, let text):
            writer.constructed(DERTag.context(0, constructed: true)) { name in
                name.oid(oid)
                name.constructed(DERTag.context(0, constructed: true)) { $0.utf8(text) }
            }
        case .unknown(let tag, let content): writer.element(tag, content)
        }
    }

    public static func encode(_ names: [GeneralName]) -> [UInt8] {
        var writer = DERWriter()
        writer.sequence { inner in for name in names { name.write(to: &inner) } }
        return writer.bytes
    }

    public static func decode(_ der: [UInt8]) throws(CertificateError) -> [GeneralName] {
        var reader = DERReader(der)
        var inner = try reader.sequence()
        try reader.end()
        var names: [GeneralName] = []
        while !inner.isAtEnd {
            let (tag, content) = try inner.element()
            names.append(try GeneralName(tag, content))
        }
        return names
    }

    private init(_ tag: UInt8, _ content: ArraySlice<UInt8>) throws(CertificateError) {
        switch tag {
        case DERTag.context(1): self = .email(try Self.ascii(content))
        case DERTag.context(2): self = .dns(try Self.ascii(content))
        case DERTag.context(6): self = .uri(try Self.ascii(content))
        case DERTag.context(7): self = .ip(Array(content))
        case DERTag.context(0, constructed: true):
            self = Self.other(content) ?? .unknown(tag: tag, content: Array(content))
        default: self = .unknown(tag: tag, content: Array(content))
        }
    }

    /// A NUL inside a name has fooled readers in C.
    private static func ascii(_ content: ArraySlice<UInt8>) throws(CertificateError) -> String {
        guard content.allSatisfy({ $0 > 0 && $0 < 0x80 }) else {
            throw CertificateError(.malformed, "an alternative name is not ASCII")
        }
        return String(decoding: content, as: UTF8.self)
    }

    private static func other(_ content: ArraySlice<UInt8>) -> GeneralName? {
        var reader = DERReader(content)
        guard let oid = try? reader.oid(),
            var value = try? reader.constructed(DERTag.context(0, constructed: true)),
            let bytes = try? value.content(DERTag.utf8String), value.isAtEnd, reader.isAtEnd,
            let text = String(validating: bytes, as: UTF8.self)
        else { return nil }
        return .other(oid, text)
    }
}
