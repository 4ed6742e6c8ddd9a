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
        var blocks: [(label: String, der: [UInt8])] = []
        var open: Substring?
        // Grows in place: a text may have many lines.
        var base64 = ""
        for line in text.split(whereSeparator: \.isNewline) {
            let line = line.drop { $0 == " " || $0 == "\t" }
            if let label = inside(line, "-----BEGIN ") {
                guard open == nil else { return nil }
                open = label
                base64 = ""
            } else if let label = inside(line, "-----END ") {
                guard let opened = open, opened.utf8.elementsEqual(label.utf8),
                    let der = Base64.decode(base64)
                else { return nil }
                blocks.append((String(label), der))
                open = nil
            } else if open != nil {
                base64 += line.filter { $0 != " " && $0 != "\t" }
            }
        }
        return open == nil && !blocks.isEmpty ? blocks : nil
    }

    private static func inside(_ line: Substring, _ start: String) -> Substring? {
        var line = line
        while line.last == " " || line.last == "\t" { line.removeLast() }
        guard line.hasPrefix(start), line.hasSuffix("-----") else { return nil }
        let label = line.dropFirst(start.count).dropLast(5)
        return label.isEmpty ? nil : label
    }
}
