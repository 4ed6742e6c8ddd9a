// Text around DER (RFC 7468).

public enum PEM {
    private static let lineBytes = 64

    public static func encode(_ label: String, _ der: UnsafeRawBufferPointer) -> String {
        var base64 = Base64.encode(der)
        var text: [UInt8] = []
        // It may be a private key.
        defer { zero(&text) }
        text.reserveCapacity(base64.utf8.count * 66 / 64 + 2 * label.utf8.count + 64)
        text.append(contentsOf: "-----BEGIN \(label)-----\n".utf8)
        base64.withUTF8 { digits in
            for start in stride(from: 0, to: digits.count, by: lineBytes) {
                text.append(contentsOf: digits[start..<min(start + lineBytes, digits.count)])
                text.append(UInt8(ascii: "\n"))
            }
        }
        text.append(contentsOf: "-----END \(label)-----\n".utf8)
        return String(decoding: text, as: UTF8.self)
    }

    public static func encode(_ label: String, _ der: [UInt8]) -> String {
        der.withUnsafeBytes { encode(label, $0) }
    }

    /// Without the line end after the last line, as Vault answers it.
    public static func text(_ label: String, _ der: [UInt8]) -> String {
        der.withUnsafeBytes { text(label, $0) }
    }

    public static func text(_ label: String, _ der: UnsafeRawBufferPointer) -> String {
        String(encode(label, der).dropLast())
    }

    /// The blocks of a text in order; nil if one of them is broken or there is none.
    public static func decode(_ text: String) -> [(label: String, der: [UInt8])]? {
        var text = text
        return text.withUTF8(decode)
    }

    private typealias Bytes = Slice<UnsafeBufferPointer<UInt8>>

    /// By bytes: looking for characters takes longer than all else.
    private static func decode(
        _ text: UnsafeBufferPointer<UInt8>
    ) -> [(label: String, der: [UInt8])]? {
        var blocks: [(label: String, der: [UInt8])] = []
        var open: Bytes?
        // It may be a private key, so it lies in one place, which is wiped.
        var base64: [UInt8] = []
        base64.reserveCapacity(text.count)
        defer { zero(&base64) }
        for line in text.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }) {
            let line = line.drop(while: isBlank)
            if let label = label(of: line, "-----BEGIN ") {
                guard open == nil else { return nil }
                open = label
                base64.removeAll(keepingCapacity: true)
            } else if let label = label(of: line, "-----END ") {
                guard let opened = open, opened.elementsEqual(label),
                    let der = base64.withUnsafeBytes({ Base64.decode($0) })
                else { return nil }
                blocks.append((String(decoding: label, as: UTF8.self), der))
                open = nil
            } else if open != nil {
                base64.append(contentsOf: line.lazy.filter { !isBlank($0) })
            }
        }
        return open == nil && !blocks.isEmpty ? blocks : nil
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    private static func label(of line: Bytes, _ start: StaticString) -> Bytes? {
        guard line.first == UInt8(ascii: "-") else { return nil }
        var line = line
        while let last = line.last, isBlank(last) { line.removeLast() }
        let begins = start.withUTF8Buffer { line.starts(with: $0) }
        guard begins, line.count > start.utf8CodeUnitCount + 5,
            line.suffix(5).allSatisfy({ $0 == UInt8(ascii: "-") })
        else { return nil }
        return line.dropFirst(start.utf8CodeUnitCount).dropLast(5)
    }
}
