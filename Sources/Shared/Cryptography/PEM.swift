// Text around DER (RFC 7468).

public enum PEM {
    public static func encode(_ label: String, _ der: UnsafeRawBufferPointer) -> String {
        var text = "-----BEGIN \(label)-----\n"
        var rest = Base64.encode(der)[...]
        while !rest.isEmpty {
            text += rest.prefix(64) + "\n"
            rest = rest.dropFirst(64)
        }
        return text + "-----END \(label)-----\n"
    }

    public static func encode(_ label: String, _ der: [UInt8]) -> String {
        der.withUnsafeBytes { encode(label, $0) }
    }

    /// The blocks of a text in order; nil if one of them is broken or there is none.
    public static func decode(_ text: String) -> [(label: String, der: [UInt8])]? {
        var blocks: [(label: String, der: [UInt8])] = []
        var open: (label: Substring, base64: String)?
        for line in text.split(whereSeparator: \.isNewline) {
            let line = line.drop { $0 == " " || $0 == "\t" }
            if let label = inside(line, "-----BEGIN ") {
                guard open == nil else { return nil }
                open = (label, "")
            } else if let label = inside(line, "-----END ") {
                guard let block = open, block.label.utf8.elementsEqual(label.utf8),
                    let der = Base64.decode(block.base64)
                else { return nil }
                blocks.append((String(label), der))
                open = nil
            } else if let block = open {
                open = (block.label, block.base64 + line.filter { $0 != " " && $0 != "\t" })
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
