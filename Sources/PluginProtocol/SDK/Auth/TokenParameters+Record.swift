// The parameters within a stored record, numbers big-endian:
//
//   type u8 · excludes default u8 · given by older names u32 (bits) · TTL · maximum · explicit
//   maximum · period · uses (i64 each) · policies · CIDR blocks (u32 count, then texts each)

import Network

extension TokenParameters {
    public func write(to writer: inout RecordWriter) {
        let types = TokenTypeChoice.allCases
        writer.byte(UInt8(clamping: types.firstIndex(of: type) ?? 0))
        writer.byte(excludesDefaultPolicy ? 1 : 0)
        var older: UInt32 = 0
        for (bit, parameter) in TokenParameter.allCases.enumerated()
        where givenByOlderName.contains(parameter) {
            older |= 1 << UInt32(bit)
        }
        writer.uint32(older)
        for number in [
            ttlSeconds, maxTTLSeconds, explicitMaxTTLSeconds, periodSeconds, numberOfUses,
        ] {
            writer.int64(Int64(number))
        }
        writer.texts(policies)
        writer.texts(boundCIDRs.map(\.text))
    }

    public init(from reader: inout RecordReader) throws(RecordError) {
        self.init()
        let types = TokenTypeChoice.allCases
        let type = Int(try reader.byte())
        guard types.indices.contains(type) else { throw .damaged }
        self.type = types[type]
        excludesDefaultPolicy = try reader.byte() != 0
        let older = try reader.uint32()
        for (bit, parameter) in TokenParameter.allCases.enumerated()
        where older >> UInt32(bit) & 1 == 1 {
            givenByOlderName.insert(parameter)
        }
        ttlSeconds = try reader.count()
        maxTTLSeconds = try reader.count()
        explicitMaxTTLSeconds = try reader.count()
        periodSeconds = try reader.count()
        numberOfUses = try reader.count()
        policies = try reader.texts()
        for text in try reader.texts() {
            guard let block = CIDRBlock(text) else { throw .damaged }
            boundCIDRs.append(block)
        }
    }
}

extension RecordWriter {
    public mutating func texts(_ values: [String]) {
        uint32(UInt32(clamping: values.count))
        for value in values { text(value) }
    }
}

extension RecordReader {
    /// Each text takes bytes, so a count that is nonsense ends soon.
    public mutating func texts() throws(RecordError) -> [String] {
        var values: [String] = []
        for _ in 0..<(try uint32()) { values.append(try text()) }
        return values
    }

    /// A number of seconds or of uses.
    public mutating func count() throws(RecordError) -> Int {
        let value = try int64()
        guard value >= 0 else { throw .damaged }
        return Int(value)
    }
}
