// Writes a document piece by piece into bytes and sets the commas.

public struct JSONWriter: Sendable {
    /// What is written so far. Bytes added here directly are not seen by the comma rule.
    public var bytes: [UInt8]
    private var needsComma = false

    public init(reservingCapacity capacity: Int = 0) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    public mutating func beginObject() { open(Ascii.openBrace) }
    public mutating func endObject() { close(Ascii.closeBrace) }
    public mutating func beginArray() { open(Ascii.openBracket) }
    public mutating func endArray() { close(Ascii.closeBracket) }

    public mutating func key(_ name: String) {
        separate()
        JSONEscaping.append(name, to: &bytes)
        bytes.append(Ascii.colon)
        needsComma = false
    }

    public mutating func string(_ value: String) {
        separate()
        JSONEscaping.append(value, to: &bytes)
    }

    /// Bytes that ought to be UTF-8; where they are not, U+FFFD stands instead.
    public mutating func string(utf8 value: some Collection<UInt8>) {
        string(String(decoding: value, as: UTF8.self))
    }

    public mutating func int(_ value: Int) {
        separate()
        bytes.append(contentsOf: String(value).utf8)
    }

    public mutating func int(_ value: UInt64) {
        separate()
        bytes.append(contentsOf: String(value).utf8)
    }

    public mutating func number(_ value: JSONNumber) {
        separate()
        bytes.append(contentsOf: value.text.utf8)
    }

    public mutating func bool(_ value: Bool) {
        separate()
        bytes.append(contentsOf: (value ? "true" : "false").utf8)
    }

    public mutating func null() {
        separate()
        bytes.append(contentsOf: "null".utf8)
    }

    public mutating func strings(_ values: some Sequence<String>) {
        beginArray()
        for value in values { string(value) }
        endArray()
    }

    public mutating func value(_ value: JSONValue) {
        separate()
        JSONPrinter.compact.append(value, to: &bytes)
    }

    /// Splices in a value that is JSON already; nothing at all counts as null.
    public mutating func raw(_ json: UnsafeRawBufferPointer) {
        guard !json.isEmpty else { return null() }
        separate()
        bytes.append(contentsOf: json)
    }

    public mutating func raw(_ json: [UInt8]) {
        json.withUnsafeBytes { raw($0) }
    }

    public mutating func raw(_ json: ArraySlice<UInt8>) {
        json.withUnsafeBytes { raw($0) }
    }

    private mutating func open(_ byte: UInt8) {
        separate()
        bytes.append(byte)
        needsComma = false
    }

    private mutating func close(_ byte: UInt8) {
        bytes.append(byte)
        needsComma = true
    }

    /// A comma if a value stands before; the value that comes now will want one after it.
    @inline(__always)
    private mutating func separate() {
        if needsComma { bytes.append(Ascii.comma) }
        needsComma = true
    }
}

extension JSONWriter {
    public mutating func member(_ name: String, _ value: String) {
        key(name)
        string(value)
    }

    public mutating func member(_ name: String, _ value: Int) {
        key(name)
        int(value)
    }

    public mutating func member(_ name: String, _ value: UInt64) {
        key(name)
        int(value)
    }

    public mutating func member(_ name: String, _ value: Bool) {
        key(name)
        bool(value)
    }

    public mutating func member(_ name: String, _ value: [String]) {
        key(name)
        strings(value)
    }

    public mutating func member(_ name: String, _ value: JSONValue) {
        key(name)
        self.value(value)
    }

    public mutating func member(_ name: String, raw json: [UInt8]) {
        key(name)
        raw(json)
    }

    public mutating func member(_ name: String, raw json: UnsafeRawBufferPointer) {
        key(name)
        raw(json)
    }
}
