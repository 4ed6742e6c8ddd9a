// The stored form of `EngineSettings`:
//
//   layout 1 · flags · max_versions u32 · delete_version_after i64

import Paths
import PluginSDK

extension EngineSettings {
    private static let layout: UInt8 = 1

    init(record: [UInt8]) throws(RecordError) {
        var reader = try RecordReader(record, layout: Self.layout)
        let flags = try reader.byte()
        maxVersions = try reader.uint32()
        deleteVersionAfterSeconds = try reader.int64()
        isCheckAndSetRequired = flags == 1
        try reader.end()
        guard flags <= 1,
            (Self.deletionOff...Int64(DurationText.maxSeconds)).contains(deleteVersionAfterSeconds)
        else { throw .damaged }
    }

    var record: [UInt8] {
        var writer = RecordWriter(layout: Self.layout, capacity: 13)
        writer.byte(isCheckAndSetRequired ? 1 : 0)
        writer.uint32(maxVersions)
        writer.int64(deleteVersionAfterSeconds)
        return writer.bytes
    }
}
