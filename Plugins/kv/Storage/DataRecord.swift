// The stored form of one JSON object by itself: a secret of version 1, or an older version of a
// secret of version 2. Layout 1, then the object as the client sent it.

import PluginSDK

enum DataRecord {
    private static let layout: UInt8 = 1

    static func encode(_ data: ArraySlice<UInt8>) -> [UInt8] {
        var writer = RecordWriter(layout: layout, capacity: data.count)
        writer.raw(data)
        return writer.bytes
    }

    static func decode(_ record: [UInt8]) throws(RecordError) -> ArraySlice<UInt8> {
        var reader = try RecordReader(record, layout: layout)
        return try reader.jsonObject()
    }
}
