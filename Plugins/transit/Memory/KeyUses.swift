// How often a version has encrypted. Of 96 random bits some repeat in the end, and two messages
// under one nonce give away more than themselves: a key may draw 2^32 of them (NIST SP 800-38D,
// section 8.3). Long before that the key is rotated.
//
// The count is stored once in `Limits.usesBetweenSaves`, or once in a second. What was not stored
// when the engine ends is lost; the bounds leave room for that many times over.

import Cryptography
import PluginSDK

extension KeyRing {
    /// Whether encryption draws short nonces at random.
    var countsUses: Bool { !isConvergent && type.cipher?.nonceByteCount == 12 }
}

extension TransitMount {
    /// The answer of a request that has encrypted.
    func answer(
        _ answer: Answer, to request: Request, after key: LoadedKey, _ name: String
    ) -> Outcome {
        guard let uses = key.usesToSave(request.now) else { return .answer(answer) }
        return .read([StorageKey.uses(name)]) { entries in
            let stored = try entries.keyUses(name)
            var batch = WriteBatch()
            batch.put(StorageKey.uses(name), KeyUses.record(stored.merging(uses) { max($0, $1) }))
            return .answer(answer, writing: batch)
        }
    }
}

/// The stored form: the versions that were used and how often, big-endian:
/// layout 1 · u32 count, then each: u32 version · i64 uses.
enum KeyUses {
    private static let layout: UInt8 = 1

    static func read(_ record: [UInt8]) throws(RecordError) -> [Int: Int] {
        var reader = try RecordReader(record, layout: layout)
        let count = try reader.uint32()
        guard count <= Limits.maxVersions else { throw .damaged }
        var uses: [Int: Int] = [:]
        for _ in 0..<count {
            let version = Int(try reader.uint32())
            uses[version] = Int(max(0, try reader.int64()))
        }
        try reader.end()
        return uses
    }

    static func record(_ uses: [Int: Int]) -> [UInt8] {
        // Of more versions than a key can have the oldest were trimmed.
        let kept = uses.sorted { $0.key < $1.key }.suffix(Limits.maxVersions)
        var writer = RecordWriter(layout: layout, capacity: 4 + kept.count * 12)
        writer.uint32(UInt32(clamping: kept.count))
        for (version, count) in kept {
            writer.uint32(UInt32(clamping: version))
            writer.int64(Int64(clamping: count))
        }
        return writer.bytes
    }
}

extension Entries {
    func keyUses(_ name: String) throws(PluginError) -> [Int: Int] {
        guard let record = self[StorageKey.uses(name)] else { return [:] }
        do throws(RecordError) { return try KeyUses.read(record) } catch {
            throw error.failure(of: "count of uses")
        }
    }
}
