import Clock
import Cryptography
import JSON
import PluginSDK
import Testing

@testable import Transit

@Suite struct RecordTests {
    private static func sample() throws -> KeyRing {
        let versions = try (0..<3).map { _ in
            var version = try KeyVersion.generate(
                .ecdsaP256, keyBytes: nil, isConvergent: false,
                now: Timestamp(seconds: 1_700_000_000))
            version.certificates = [[1, 2, 3], [4]]
            return version
        }
        var ring = KeyRing(type: .ecdsaP256, versions: versions)
        (ring.isExportable, ring.isImported, ring.autoRotateSeconds) = (true, true, 7_200)
        (ring.minDecryptionVersion, ring.minEncryptionVersion) = (2, 3)
        return ring
    }

    private let mark = [UInt8](1...16)

    @Test("a stored key is read as it was written")
    func roundTrip() throws {
        let ring = try Self.sample()
        let (mark, read) = try KeyRing.read(ring.record(mark: mark))
        #expect(mark == self.mark)
        #expect(read.record(mark: mark) == ring.record(mark: mark))
        #expect(read.latestVersion == 3)
        #expect(read.isExportable && read.isImported && !read.isDerived)
        #expect(read.versions[1].secret == ring.versions[1].secret)
        #expect(read.versions[1].certificates == [[1, 2, 3], [4]])
    }

    @Test("a record that is cut, longer or of another layout is refused, and nothing traps")
    func damaged() throws {
        let record = try Self.sample().record(mark: mark)
        for length in 0..<record.count {
            #expect(throws: RecordError.self) { try KeyRing.read(Array(record.prefix(length))) }
        }
        #expect(throws: RecordError.damaged) { try KeyRing.read(record + [0]) }
        for place in 0..<60 {
            for byte in [0, 0x7F, 0xFF] as [UInt8] {
                var altered = record
                altered[place] = byte
                _ = try? KeyRing.read(altered)
            }
        }
        #expect(throws: RecordError.unknownLayout(2)) {
            try KeyRing.read([2] + record.dropFirst())
        }
    }

    @Test("limits fit each other")
    func limits() {
        #expect(Limits.maxBatchItems <= JSONLimits.standard.maxMembersPerContainer)
        #expect(Limits.minConfiguredCache <= Limits.defaultCachedKeys)
        #expect(Limits.defaultCachedKeys <= Limits.maxCachedKeys)
        #expect(Limits.hmacKeyBytes.contains(Limits.versionHMACKeyBytes))
        #expect(StorageKey.ring("").utf8.count + Limits.maxKeyNameBytes < 4_096)
    }
}
