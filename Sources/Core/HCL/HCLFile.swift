// The way in: a text in HCL's native syntax, or JSON of the same shape.

public enum HCLFile {
    /// Reads a text. It is JSON when its first character that is not white space is `{`, which no
    /// text in the native syntax can begin with.
    ///
    /// `name` says what is being read in the error about a text that is too large.
    public static func parse(
        _ text: String, name: String, limits: HCLLimits = .standard
    ) throws(HCLError) -> HCLBody {
        guard text.utf8.count <= limits.maxTextBytes else {
            throw HCLError(
                .tooLarge, at: .start, "\(name) is larger than \(limits.maxTextBytes) bytes")
        }
        var bytes = Array(text.utf8)
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
        let first = bytes.first { $0 != 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }
        if first == UInt8(ascii: "{") {
            return try HCLJSONParser.parse(bytes, limits: limits)
        }
        var parser = HCLParser(HCLLexer(bytes), limits: limits)
        return try parser.parseFile()
    }
}
