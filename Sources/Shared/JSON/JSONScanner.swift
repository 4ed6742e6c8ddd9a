// The hot path: documents are checked and looked into as bytes, no tree is made and, for documents
// of ordinary size, nothing is allocated.

public enum JSONScanner {
    /// Accepts exactly what `JSONValue(parsing:)` accepts.
    public static func validate(
        _ bytes: UnsafeRawBufferPointer, limits: JSONLimits = .standard
    ) throws(JSONError) {
        let result = JSONGrammar.run(over: bytes, limits: limits, sink: NoSink())
        if case .failure(let fault) = result { throw JSONError(fault, in: bytes) }
    }

    public static func validate(
        _ bytes: [UInt8], limits: JSONLimits = .standard
    ) throws(JSONError) {
        try bytes.withUnsafeBufferPointer { buffer throws(JSONError) in
            try validate(UnsafeRawBufferPointer(buffer), limits: limits)
        }
    }

    /// Whether a text is ASCII without anything that a JSON string has to escape.
    public static func isPlainText(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let text = JSONText(bytes) else { return true }
        return text.endOfPlainRun(from: 0) == text.count
    }

    /// Whether a validated document is an object.
    public static func isObject(_ bytes: UnsafeRawBufferPointer) -> Bool {
        firstByte(of: bytes) == Ascii.openBrace
    }

    public static func isObject(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { isObject($0) }
    }

    /// Whether a validated document is an object with no members.
    public static func isEmptyObject(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard isObject(bytes) else { return false }
        var isEmpty = true
        forEachMember(in: bytes) { _, _ in isEmpty = false }
        return isEmpty
    }

    /// Byte range of the value of a top-level member of a validated object, nil if there is none.
    /// Escapes in keys are resolved before they are compared with `name`.
    public static func member(_ name: String, in bytes: UnsafeRawBufferPointer) -> Range<Int>? {
        var name = name
        return name.withUTF8 { name in
            guard let text = JSONText(bytes),
                var walker = JSONWalker(text, opening: Ascii.openBrace)
            else { return nil }
            while let member = walker.nextMember() {
                if text.equal(member.key, name) { return member.value }
            }
            return nil
        }
    }

    public static func member(_ name: String, in bytes: [UInt8]) -> Range<Int>? {
        bytes.withUnsafeBytes { member(name, in: $0) }
    }

    /// Visits the members of a validated object in order. The key's range lies between its quotes
    /// and may hold escapes (see `string(inside:of:)`); the value's range is the whole value.
    public static func forEachMember<Failure: Error>(
        in bytes: UnsafeRawBufferPointer,
        _ body: (_ key: Range<Int>, _ value: Range<Int>) throws(Failure) -> Void
    ) throws(Failure) {
        guard let text = JSONText(bytes), var walker = JSONWalker(text, opening: Ascii.openBrace)
        else { return }
        while let member = walker.nextMember() {
            try body(member.key.start..<member.key.end, member.value)
        }
    }

    /// Visits the elements of a validated array in order.
    public static func forEachElement<Failure: Error>(
        in bytes: UnsafeRawBufferPointer, _ body: (_ value: Range<Int>) throws(Failure) -> Void
    ) throws(Failure) {
        guard let text = JSONText(bytes), var walker = JSONWalker(text, opening: Ascii.openBracket)
        else { return }
        while let value = walker.nextElement() { try body(value) }
    }

    /// The string that the bytes between two quotes stand for.
    public static func string(inside range: Range<Int>, of bytes: UnsafeRawBufferPointer) -> String
    {
        guard let text = JSONText(bytes), range.lowerBound >= 0, range.upperBound <= text.count
        else { return "" }
        return text.string(
            JSONSpan(start: range.lowerBound, end: range.upperBound, hasEscapes: true))
    }

    /// The string whose value, quotes included, takes up the range; nil if it is no string.
    public static func stringValue(
        at range: Range<Int>, of bytes: UnsafeRawBufferPointer
    ) -> String? {
        guard range.lowerBound >= 0, range.upperBound <= bytes.count, range.count >= 2,
            bytes[range.lowerBound] == Ascii.quote, bytes[range.upperBound - 1] == Ascii.quote
        else { return nil }
        return string(inside: (range.lowerBound + 1)..<(range.upperBound - 1), of: bytes)
    }

    private static func firstByte(of bytes: UnsafeRawBufferPointer) -> UInt8? {
        bytes.first { !Ascii.isSpace($0) }
    }
}

/// Takes nothing: what is left of the grammar is the verdict.
private struct NoSink: JSONSink {
    func null() {}
    func bool(_ value: Bool) {}
    func number(_ range: Range<Int>, in text: JSONText) {}
    func string(_ span: JSONSpan, in text: JSONText) {}
    func key(_ span: JSONSpan, in text: JSONText) {}
    func beginObject() {}
    func endObject() {}
    func beginArray() {}
    func endArray() {}
}
