// A compact form of stored records: numbered fields, of which those without content take no room.

/// Writes `version`, then fields: a number with a bit that says what follows, and an integer or
/// bytes. A version byte is never `{`, with which records in JSON begin.
struct RecordWriter {
    private(set) var bytes: [UInt8]

    init(version: UInt8, reservingCapacity count: Int = 192) {
        bytes = []
        bytes.reserveCapacity(count)
        bytes.append(version)
    }

    /// 0 is left out.
    mutating func integer(_ field: UInt64, _ value: Int64) {
        guard value != 0 else { return }
        append(field << 1)
        // Small numbers of either sign take few bytes.
        append(UInt64(bitPattern: value << 1 ^ value >> 63))
    }

    mutating func flag(_ field: UInt64, _ value: Bool) { integer(field, value ? 1 : 0) }

    /// An empty text is left out.
    mutating func text(_ field: UInt64, _ value: String) {
        guard !value.isEmpty else { return }
        element(field, value)
    }

    /// One element of a list; it is there even if it is empty.
    mutating func element(_ field: UInt64, _ value: String) {
        var value = value
        value.withUTF8 { data(field, UnsafeRawBufferPointer($0)) }
    }

    /// Empty data is left out.
    mutating func data(_ field: UInt64, _ value: [UInt8]) {
        guard !value.isEmpty else { return }
        value.withUnsafeBytes { data(field, $0) }
    }

    private mutating func data(_ field: UInt64, _ value: UnsafeRawBufferPointer) {
        append(field << 1 | 1)
        append(UInt64(value.count))
        bytes.append(contentsOf: value)
    }

    private mutating func append(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }
}

/// Reads what `RecordWriter` wrote, field by field.
struct RecordReader {
    enum Value {
        case integer(Int64)
        case data(ArraySlice<UInt8>)
    }

    struct Damaged: Error {}

    private var rest: ArraySlice<UInt8>

    /// `nil` for another version.
    init?(_ bytes: [UInt8], version: UInt8) {
        guard bytes.first == version else { return nil }
        rest = bytes.dropFirst()
    }

    mutating func next() throws(Damaged) -> (field: UInt64, value: Value)? {
        guard !rest.isEmpty else { return nil }
        let tag = try number()
        let number = try number()
        guard tag & 1 == 1 else {
            return (tag >> 1, .integer(Int64(bitPattern: number >> 1 ^ (0 &- number & 1))))
        }
        guard let count = Int(exactly: number), count <= rest.count else { throw Damaged() }
        defer { rest = rest.dropFirst(count) }
        return (tag >> 1, .data(rest.prefix(count)))
    }

    private mutating func number() throws(Damaged) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while let byte = rest.popFirst() {
            // Ten bytes hold 64 bits, and the last of them one.
            guard shift < 63 || (shift == 63 && byte <= 1) else { throw Damaged() }
            value |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return value }
            shift += 7
        }
        throw Damaged()
    }
}

extension RecordReader.Value {
    func integer() throws(RecordReader.Damaged) -> Int64 {
        guard case .integer(let value) = self else { throw RecordReader.Damaged() }
        return value
    }

    func flag() throws(RecordReader.Damaged) -> Bool { try integer() != 0 }

    func data() throws(RecordReader.Damaged) -> ArraySlice<UInt8> {
        guard case .data(let value) = self else { throw RecordReader.Damaged() }
        return value
    }

    func text() throws(RecordReader.Damaged) -> String {
        String(decoding: try data(), as: UTF8.self)
    }
}
