// A number as its digits: what a client stored comes back as it went in, also beyond 53 bits.

public struct JSONNumber: Sendable, Hashable {
    /// A number by JSON's grammar.
    public let text: String

    /// For text that the grammar has accepted.
    init(validated text: String) { self.text = text }

    public init(_ value: some BinaryInteger) { text = String(value) }

    /// Nil for infinities and NaN, which JSON cannot express.
    public init?(_ value: Double) {
        guard value.isFinite else { return nil }
        let digits = value.description
        text = digits.hasSuffix(".0") ? String(digits.dropLast(2)) : digits
    }

    /// Nil unless the text is one number by JSON's grammar and nothing else.
    public init?(text: String) {
        guard let first = text.utf8.first, let last = text.utf8.last,
            first == Ascii.minus || Ascii.isDigit(first), Ascii.isDigit(last),
            (try? JSONScanner.validate(Array(text.utf8))) != nil
        else { return nil }
        self.text = text
    }

    /// The value if the digits are those of an integer that fits; "1.0" and "1e3" are not.
    public var int: Int? { Int(text) }

    public var uint64: UInt64? { UInt64(text) }

    /// The nearest double, nil if there is no finite one.
    public var double: Double? {
        guard let value = Double(text), value.isFinite else { return nil }
        return value
    }
}
