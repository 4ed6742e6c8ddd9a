// The fields of a line. Whether a field is plain or a digest is decided here and nowhere else.

internal import Clock
internal import Cryptography
internal import JSON

/// Writes the members of an entry's objects; empty ones are left out, as Vault leaves them out.
struct FieldWriter {
    private let lines: LineBuffer
    private let format: LineFormat
    private let hash: SaltedHash
    private var needsComma = false

    init(_ lines: LineBuffer, format: LineFormat, hash: SaltedHash) {
        self.lines = lines
        self.format = format
        self.hash = hash
    }

    // MARK: Structure

    mutating func begin() { open(UInt8(ascii: "{")) }
    mutating func end() { close(UInt8(ascii: "}")) }

    @inline(__always)
    mutating func object(_ name: StaticString, _ body: (inout FieldWriter) -> Void) {
        key(name)
        begin()
        body(&self)
        end()
    }

    /// A list with an object for each element; none at all without elements.
    mutating func objects<Element>(
        _ name: StaticString, _ elements: [Element],
        _ body: (inout FieldWriter, Element) -> Void
    ) {
        guard !elements.isEmpty else { return }
        key(name)
        open(UInt8(ascii: "["))
        for element in elements {
            begin()
            body(&self, element)
            end()
        }
        close(UInt8(ascii: "]"))
    }

    /// Members that were written before, in the same format.
    mutating func members(_ members: [UInt8]) {
        guard !members.isEmpty else { return }
        separate()
        lines.append(members)
    }

    /// Gives back what `body` writes, to be written again by `members`.
    @inline(__always)
    mutating func noting(_ body: (inout FieldWriter) -> Void) -> [UInt8] {
        let hadComma = needsComma
        let start = lines.count
        body(&self)
        guard lines.count > start else { return [] }
        return lines.bytes(from: hadComma ? start + 1 : start)
    }

    @inline(__always)
    private mutating func key(_ name: StaticString) {
        separate()
        lines.append(UInt8(ascii: "\""))
        lines.append(name)
        lines.append("\":")
        needsComma = false
    }

    private mutating func key(_ name: String) {
        separate()
        lines.appendString(name)
        lines.append(UInt8(ascii: ":"))
        needsComma = false
    }

    private mutating func string(_ value: String) {
        separate()
        lines.appendString(value)
    }

    private mutating func open(_ byte: UInt8) {
        separate()
        lines.append(byte)
        needsComma = false
    }

    private mutating func close(_ byte: UInt8) {
        lines.append(byte)
        needsComma = true
    }

    /// A comma if a value stands before; the value that comes now will want one after it.
    @inline(__always)
    private mutating func separate() {
        if needsComma { lines.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    // MARK: Plain

    mutating func plain(_ name: StaticString, _ value: String) {
        guard !value.isEmpty else { return }
        key(name)
        string(value)
    }

    mutating func plain(_ name: StaticString, _ values: [String]) {
        guard !values.isEmpty else { return }
        key(name)
        open(UInt8(ascii: "["))
        for value in values { string(value) }
        close(UInt8(ascii: "]"))
    }

    mutating func number(_ name: StaticString, _ value: Int64) {
        guard value != 0 else { return }
        key(name)
        separate()
        lines.append(value)
    }

    mutating func flag(_ name: StaticString, _ value: Bool) {
        guard value else { return }
        key(name)
        separate()
        lines.append("true")
    }

    mutating func verdict(_ isAllowed: Bool) {
        key("allowed")
        separate()
        lines.append(isAllowed ? "true" : "false")
    }

    mutating func word(_ name: StaticString, _ value: StaticString) {
        key(name)
        separate()
        lines.append(UInt8(ascii: "\""))
        lines.append(value)
        lines.append(UInt8(ascii: "\""))
    }

    mutating func id(_ name: StaticString, _ id: UUID128) {
        key(name)
        separate()
        lines.append(UInt8(ascii: "\""))
        lines.append(hexOf: id.high >> 32, digits: 8)
        lines.append(UInt8(ascii: "-"))
        lines.append(hexOf: id.high >> 16, digits: 4)
        lines.append(UInt8(ascii: "-"))
        lines.append(hexOf: id.high, digits: 4)
        lines.append(UInt8(ascii: "-"))
        lines.append(hexOf: id.low >> 48, digits: 4)
        lines.append(UInt8(ascii: "-"))
        lines.append(hexOf: id.low, digits: 12)
        lines.append(UInt8(ascii: "\""))
    }

    mutating func time(_ name: StaticString, _ time: Timestamp, _ clock: inout LineClock) {
        key(name)
        separate()
        clock.append(time, to: lines)
    }

    /// Names and values in the order of the names, so that equal entries are equal lines.
    mutating func plain(_ name: StaticString, _ pairs: [(name: String, value: String)]) {
        guard !pairs.isEmpty else { return }
        key(name)
        begin()
        for pair in pairs.sorted(by: { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }) {
            key(pair.name)
            string(pair.value)
        }
        end()
    }

    // MARK: Digests

    mutating func secret(_ name: StaticString, _ value: SecretBytes?) {
        guard let value, value.count > 0 else { return }
        key(name)
        value.withUnsafeBytes { secretValue($0) }
    }

    mutating func accessor(_ name: StaticString, _ value: String) {
        guard !value.isEmpty else { return }
        if format.hashesAccessors { secret(name, value) } else { plain(name, value) }
    }

    mutating func text(_ name: StaticString, _ text: EntryText) {
        guard !text.text.isEmpty else { return }
        if text.isPlain { plain(name, text.text) } else { secret(name, text.text) }
    }

    mutating func secret(_ name: StaticString, _ value: String) {
        key(name)
        secretValue(value)
    }

    private mutating func secretValue(_ value: String) {
        var value = value
        value.withUTF8 { secretValue(UnsafeRawBufferPointer($0)) }
    }

    private mutating func secretValue(_ bytes: UnsafeRawBufferPointer) {
        if format.isRaw {
            // Bytes that ought to be UTF-8; where they are not, U+FFFD stands instead.
            string(String(decoding: bytes, as: UTF8.self))
        } else {
            separate()
            lines.append(hash.jsonString(of: bytes))
        }
    }

    // MARK: Data

    mutating func data(_ name: StaticString, _ json: [UInt8], plainKeys: [String], elides: Bool) {
        key(name)
        let rewriter = DataRewriter(hash: format.isRaw ? nil : hash, plainKeys: plainKeys)
        let start = lines.count
        let isUnderstood = json.withUnsafeBytes { bytes in
            elides
                ? ListElision(rewriter: rewriter).append(bytes, to: lines)
                : rewriter.append(bytes, to: lines)
        }
        if isUnderstood && lines.count > start {
            needsComma = true
        } else {
            // What cannot be read is not left out: its digest shows that there was something.
            json.withUnsafeBytes { secretValue($0) }
        }
    }

    mutating func rawBody(_ body: EntryRawBody) {
        object("data") { writer in
            writer.secret("http_content_type", body.contentType)
            writer.key("http_raw_body")
            body.bytes.withUnsafeBytes { writer.secretValue($0) }
            writer.number("http_status_code", Int64(body.status))
        }
    }

    mutating func headers(_ headers: [EntryHeader]) {
        guard !headers.isEmpty else { return }
        key("headers")
        begin()
        var written: [String] = []
        for header in headers where !written.contains(header.name) {
            written.append(header.name)
            key(header.name)
            open(UInt8(ascii: "["))
            for same in headers where same.name.utf8.elementsEqual(header.name.utf8) {
                if same.isPlain { string(same.value) } else { secretValue(same.value) }
            }
            close(UInt8(ascii: "]"))
        }
        end()
    }

    mutating func warnings(_ warnings: [EntryText]) {
        guard !warnings.isEmpty else { return }
        key("warnings")
        open(UInt8(ascii: "["))
        for warning in warnings {
            if warning.isPlain { string(warning.text) } else { secretValue(warning.text) }
        }
        close(UInt8(ascii: "]"))
    }

    var elidesLists: Bool { format.elidesLists }
}
