// The stored form of a `Role`, numbers big-endian:
//
//   layout 1 · key (16) · flags u8 (needs a secret id, local secret ids) · uses i64 · TTL i64
//   · role id · CIDR blocks · token parameters

import PluginSDK

extension Role {
    init(record: [UInt8]) throws(PluginError) {
        do throws(RecordError) { try self.init(reading: record) } catch {
            throw error.failure(of: "role")
        }
    }

    private init(reading record: [UInt8]) throws(RecordError) {
        var reader = try RecordReader(record, layout: 1)
        let key = Array(try reader.bytes(Limits.roleKeyBytes))
        let flags = try reader.byte()
        let numUses = try reader.count()
        let ttlSeconds = try reader.count()
        self.init(key: key, roleID: try reader.text())
        bindsSecretID = flags & 1 != 0
        hasLocalSecretIDs = flags & 2 != 0
        secretIDNumUses = numUses
        secretIDTTLSeconds = ttlSeconds
        secretIDBoundCIDRs = try AddressBlocks(from: &reader)
        token = try TokenParameters(from: &reader)
        try reader.end()
        guard flags < 4 else { throw .damaged }
    }

    var record: [UInt8] {
        var writer = RecordWriter(layout: 1, capacity: 256)
        writer.raw(key[...])
        writer.byte((bindsSecretID ? 1 : 0) | (hasLocalSecretIDs ? 2 : 0))
        writer.int64(Int64(secretIDNumUses))
        writer.int64(Int64(secretIDTTLSeconds))
        writer.text(roleID)
        writer.texts(secretIDBoundCIDRs.texts)
        token.write(to: &writer)
        return writer.bytes
    }
}
