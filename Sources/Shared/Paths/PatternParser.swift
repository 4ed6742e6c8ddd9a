// From a pattern's text to its parts.

struct PatternParser {
    private(set) var names: [String] = []
    private(set) var literals: [UInt8] = []
    private(set) var leading: [PatternPart] = []
    private(set) var rest: PatternRest?
    private(set) var trailing: [PatternPart] = []
    private(set) var takesEmptySegments = false
    private(set) var allowsFinalSlash = false
    private var literal: [UInt8] = []

    mutating func parse(_ text: String) throws(PathPatternError) {
        var bytes = Array(text.utf8)
        if bytes.suffix(2) == [Byte.slash, Byte.question] {
            bytes.removeLast(2)
            allowsFinalSlash = true
        }
        let segments = bytes.split(separator: Byte.slash, omittingEmptySubsequences: false)
        for (index, segment) in segments.enumerated() {
            if index > 0 { literal.append(Byte.slash) }
            if segment.first == Byte.colon {
                guard rest != .optional else { throw .optionalRestNotLast }
                try capture(segment.dropFirst(), isLast: index == segments.count - 1)
            } else {
                literal += segment
            }
        }
        flushLiteral()
    }

    private mutating func capture(
        _ spelling: ArraySlice<UInt8>, isLast: Bool
    ) throws(PathPatternError) {
        flushLiteral()
        var name = spelling
        let isOptional = name.suffix(2) == [Byte.star, Byte.question]
        if isOptional { name.removeLast() }
        let isRest = name.last == Byte.star
        if isRest { name.removeLast() }
        let takesEmptySegments = isRest && name.last == Byte.star
        if takesEmptySegments { name.removeLast() }
        guard !name.isEmpty, name.allSatisfy(Byte.isNameByte) else { throw .invalidCaptureName }
        let text = String(decoding: name, as: UTF8.self)
        guard !names.contains(text) else { throw .repeatedCaptureName }
        guard names.count < PathPattern.maxCaptures else { throw .tooManyCaptures }
        names.append(text)
        guard isRest else { return append(.segment) }
        guard rest == nil else { throw .secondRest }
        guard isLast || !isOptional else { throw .optionalRestNotLast }
        rest = isOptional ? .optional : .required
        self.takesEmptySegments = takesEmptySegments
    }

    private mutating func flushLiteral() {
        guard !literal.isEmpty else { return }
        append(.literal(LiteralPlace(start: literals.count, count: literal.count)))
        literals += literal
        literal = []
    }

    private mutating func append(_ part: PatternPart) {
        if rest == nil { leading.append(part) } else { trailing.append(part) }
    }
}

/// The bytes that patterns, templates and path sets give a meaning.
enum Byte {
    static let star: UInt8 = 0x2A
    static let plus: UInt8 = 0x2B
    static let comma: UInt8 = 0x2C
    static let slash: UInt8 = 0x2F
    static let colon: UInt8 = 0x3A
    static let equals: UInt8 = 0x3D
    static let question: UInt8 = 0x3F
    static let openBrace: UInt8 = 0x7B
    static let closeBrace: UInt8 = 0x7D

    static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F, 0x2D: true
        default: false
        }
    }

    /// ASCII letters in lower case; all else as it is.
    static func lowered(_ byte: UInt8) -> UInt8 {
        (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
    }

    static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || (0x09...0x0D).contains(byte)
    }
}
