// The stored form of a `SecretID`, numbers big-endian:
//
//   layout 1 · created i64 · updated i64 · TTL i64 · uses left i64 · accessor
//   · metadata (texts: name, value, …) · CIDR blocks · CIDR blocks of tokens

import PluginSDK

extension SecretID {
    init(record: [UInt8]) throws(PluginError) {
        do throws(RecordError) { try self.init(reading: record) } catch {
            throw error.failure(of: "secret ID")
        }
    }

    private init(reading record: [UInt8]) throws(RecordError) {
        var reader = try RecordReader(record, layout: 1)
        let created = try reader.timestamp()
        let updated = try reader.timestamp()
        let ttlSeconds = try reader.count()
        let usesLeft = try reader.count()
        self.init(
            accessor: try reader.text(), created: created, updated: updated,
            ttlSeconds: ttlSeconds, usesLeft: usesLeft)
        var texts = try reader.texts()[...]
        guard texts.count % 2 == 0 else { throw .damaged }
        while let name = texts.popFirst(), let value = texts.popFirst() {
            metadata.append(TextPair(name, value))
        }
        boundCIDRs = try AddressBlocks(from: &reader)
        tokenBoundCIDRs = try AddressBlocks(from: &reader)
        try reader.end()
    }

    var record: [UInt8] {
        var writer = RecordWriter(layout: 1, capacity: 192)
        writer.timestamp(created)
        writer.timestamp(updated)
        writer.int64(Int64(ttlSeconds))
        writer.int64(Int64(usesLeft))
        writer.text(accessor)
        writer.texts(metadata.flatMap { [$0.name, $0.value] })
        writer.texts(boundCIDRs.texts)
        writer.texts(tokenBoundCIDRs.texts)
        return writer.bytes
    }
}
