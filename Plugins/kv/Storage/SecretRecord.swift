// The stored form of a `Secret`, numbers big-endian:
//
//   layout 1 · flags · max_versions u32 · delete_version_after i64 · created · updated
//   · current u64 · oldest u64
//   · custom metadata (u8 count, then each key and value as u32 length and text)
//   · versions (u32 count, then each: flags · created · deletion if flagged)
//   · newest data to the end
//
// A time is the nanoseconds since 1970, i64. A layout that is not 1 is refused.

import Clock
import Paths
import PluginSDK

extension Secret {
    private static let layout: UInt8 = 1

    private enum Flag {
        static let checkAndSetRequired: UInt8 = 1
        static let hasData: UInt8 = 2
        static let all: UInt8 = 3
    }

    private enum VersionFlag {
        static let destroyed: UInt8 = 1
        static let hasDeletion: UInt8 = 2
        static let all: UInt8 = 3
    }

    init(record: [UInt8]) throws(RecordError) {
        var reader = try RecordReader(record, layout: Self.layout)
        let flags = try reader.byte()
        guard flags & ~Flag.all == 0 else { throw .damaged }
        let maxVersions = try reader.uint32()
        let deleteVersionAfterSeconds = try reader.int64()
        let created = try reader.timestamp()
        let updated = try reader.timestamp()
        let currentVersion = try reader.uint64()
        let oldestVersion = try reader.uint64()
        let customMetadata = try reader.customMetadata()

        let versionCount = Int(try reader.uint32())
        // Also when the count is nonsense: no memory before the bytes are there.
        guard versionCount <= Limits.maxKeptVersions else { throw .damaged }
        var versions: [SecretVersion] = []
        versions.reserveCapacity(versionCount + 1)
        for _ in 0..<versionCount {
            let flags = try reader.byte()
            guard flags & ~VersionFlag.all == 0 else { throw .damaged }
            let created = try reader.timestamp()
            let deletion = flags & VersionFlag.hasDeletion != 0 ? try reader.timestamp() : nil
            versions.append(
                SecretVersion(
                    created: created, deletion: deletion,
                    isDestroyed: flags & VersionFlag.destroyed != 0))
        }

        var data: ArraySlice<UInt8>?
        if flags & Flag.hasData != 0 {
            data = try reader.jsonObject()
        } else {
            try reader.end()
        }
        guard
            let secret = Secret(
                created: created, updated: updated, currentVersion: currentVersion,
                oldestVersion: oldestVersion, versions: versions, newestData: data),
            (0...Int64(DurationText.maxSeconds)).contains(deleteVersionAfterSeconds)
        else { throw .damaged }
        self = secret
        self.maxVersions = maxVersions
        self.isCheckAndSetRequired = flags & Flag.checkAndSetRequired != 0
        self.deleteVersionAfterSeconds = deleteVersionAfterSeconds
        self.customMetadata = customMetadata
    }

    var record: [UInt8] {
        var writer = RecordWriter(
            layout: Self.layout, capacity: 96 + versions.count * 17 + (newestData?.count ?? 0))
        writer.byte(
            (isCheckAndSetRequired ? Flag.checkAndSetRequired : 0)
                | (newestData != nil ? Flag.hasData : 0))
        writer.uint32(maxVersions)
        writer.int64(deleteVersionAfterSeconds)
        writer.timestamp(created)
        writer.timestamp(updated)
        writer.uint64(currentVersion)
        writer.uint64(oldestVersion)
        writer.byte(UInt8(truncatingIfNeeded: customMetadata.pairs.count))
        for pair in customMetadata.pairs {
            writer.text(pair.key)
            writer.text(pair.value)
        }
        writer.uint32(UInt32(truncatingIfNeeded: versions.count))
        for version in versions {
            writer.byte(
                (version.isDestroyed ? VersionFlag.destroyed : 0)
                    | (version.deletion != nil ? VersionFlag.hasDeletion : 0))
            writer.timestamp(version.created)
            if let deletion = version.deletion { writer.timestamp(deletion) }
        }
        if let newestData { writer.raw(newestData) }
        return writer.bytes
    }
}

extension RecordReader {
    fileprivate mutating func customMetadata() throws(RecordError) -> CustomMetadata {
        let count = Int(try byte())
        guard count <= Limits.maxCustomMetadataKeys else { throw .damaged }
        var pairs: [CustomMetadata.Pair] = []
        for _ in 0..<count {
            pairs.append(CustomMetadata.Pair(key: try text(), value: try text()))
        }
        return CustomMetadata(stored: pairs)
    }

    /// What is left, which must look like a JSON object: its inside was validated when it came in.
    mutating func jsonObject() throws(RecordError) -> ArraySlice<UInt8> {
        let data = remainder()
        guard data.count >= 2, data.first == UInt8(ascii: "{"), data.last == UInt8(ascii: "}")
        else { throw .damaged }
        return data
    }
}
