// The fields of a line. Whether a field is plain or a digest is decided here and nowhere else.

internal import Clock
internal import Cryptography
internal import JSON

/// Writes the members of an entry's objects; empty ones are left out, as Vault leaves them out.
struct FieldWriter {
    private let format: LineFormat
    private let hash: SaltedHash
    private var writer = JSONWriter(reservingCapacity: 768)

    init(format: LineFormat, hash: SaltedHash) {
        self.format = format
        self.hash = hash
    }

    var bytes: [UInt8] { writer.bytes }

    mutating func begin() { writer.beginObject() }
    mutating func end() { writer.endObject() }

    mutating func object(_ name: String, _ body: (inout FieldWriter) -> Void) {
        writer.key(name)
        writer.beginObject()
        body(&self)
        writer.endObject()
    }

    // MARK: Plain

    mutating func plain(_ name: String, _ value: String) {
        if !value.isEmpty { writer.member(name, value) }
    }

    mutating func plain(_ name: String, _ values: [String]) {
        if !values.isEmpty { writer.member(name, values) }
    }

    mutating func number(_ name: String, _ value: Int64) {
        if value != 0 { writer.member(name, Int(value)) }
    }

    mutating func flag(_ name: String, _ value: Bool) {
        if value { writer.member(name, value) }
    }

    mutating func verdict(_ isAllowed: Bool) { writer.member("allowed", isAllowed) }

    /// Names and values in the order of the names, so that equal entries are equal lines.
    mutating func plain(_ name: String, _ pairs: [(name: String, value: String)]) {
        guard !pairs.isEmpty else { return }
        writer.key(name)
        writer.beginObject()
        for pair in pairs.sorted(by: { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }) {
            writer.member(pair.name, pair.value)
        }
        writer.endObject()
    }

    // MARK: Digests

    mutating func secret(_ name: String, _ value: SecretBytes?) {
        guard let value, value.count > 0 else { return }
        writer.key(name)
        value.withUnsafeBytes { secretValue($0) }
    }

    mutating func accessor(_ name: String, _ value: String) {
        guard !value.isEmpty else { return }
        if format.hashesAccessors { secret(name, value) } else { writer.member(name, value) }
    }

    mutating func text(_ name: String, _ text: EntryText) {
        guard !text.text.isEmpty else { return }
        if text.isPlain { writer.member(name, text.text) } else { secret(name, text.text) }
    }

    mutating func secret(_ name: String, _ value: String) {
        writer.key(name)
        secretValue(value)
    }

    private mutating func secretValue(_ value: String) {
        var value = value
        value.withUTF8 { secretValue(UnsafeRawBufferPointer($0)) }
    }

    private mutating func secretValue(_ bytes: UnsafeRawBufferPointer) {
        if format.isRaw {
            writer.string(utf8: bytes)
        } else {
            writer.raw(hash.jsonString(of: bytes))
        }
    }

    // MARK: Data

    mutating func data(_ name: String, _ json: [UInt8], plainKeys: [String], elides: Bool) {
        let rewriter = DataRewriter(hash: format.isRaw ? nil : hash, plainKeys: plainKeys)
        var result: [UInt8] = []
        result.reserveCapacity(json.count + 256)
        let isUnderstood = json.withUnsafeBytes { bytes in
            elides
                ? ListElision(rewriter: rewriter).append(bytes, to: &result)
                : rewriter.append(bytes, to: &result)
        }
        writer.key(name)
        if isUnderstood && !result.isEmpty {
            writer.raw(result)
        } else {
            // What cannot be read is not left out: its digest shows that there was something.
            json.withUnsafeBytes { secretValue($0) }
        }
    }

    mutating func rawBody(_ body: EntryRawBody) {
        object("data") { writer in
            writer.secret("http_content_type", body.contentType)
            writer.writer.key("http_raw_body")
            body.bytes.withUnsafeBytes { writer.secretValue($0) }
            writer.number("http_status_code", Int64(body.status))
        }
    }

    mutating func headers(_ headers: [EntryHeader]) {
        guard !headers.isEmpty else { return }
        writer.key("headers")
        writer.beginObject()
        var written: [String] = []
        for header in headers where !written.contains(header.name) {
            written.append(header.name)
            writer.key(header.name)
            writer.beginArray()
            for same in headers where same.name.utf8.elementsEqual(header.name.utf8) {
                if same.isPlain { writer.string(same.value) } else { secretValue(same.value) }
            }
            writer.endArray()
        }
        writer.endObject()
    }

    mutating func warnings(_ warnings: [EntryText]) {
        guard !warnings.isEmpty else { return }
        writer.key("warnings")
        writer.beginArray()
        for warning in warnings {
            if warning.isPlain { writer.string(warning.text) } else { secretValue(warning.text) }
        }
        writer.endArray()
    }

    var elidesLists: Bool { format.elidesLists }
}
