// The stored form of a `KeyRing`, numbers big-endian:
//
//   layout 1 · mark (16) · type · flags u32 · auto_rotate_period i64
//   · min_decryption u32 · min_encryption u32 · min_available u32
//   · versions (u32 count, then each: created i64 · convergent · secret · public key · HMAC key
//     · certificates (u8 count))
//
// A secret, key or certificate is its u32 length and its bytes; no secret has length 0.

import Clock
import Cryptography
import Paths
import PluginSDK

extension KeyRing {
    private static let layout: UInt8 = 1
    static let markBytes = 16

    private static var flags: [WritableKeyPath<KeyRing, Bool>] {
        [
            \.isDerived, \.isConvergent, \.isExportable, \.allowsPlaintextBackup, \.allowsDeletion,
            \.isImported, \.allowsImportedRotation, \.isSoftDeleted,
        ]
    }

    static func read(_ record: [UInt8]) throws(RecordError) -> (mark: [UInt8], ring: KeyRing) {
        var reader = try RecordReader(record, layout: layout)
        let mark = Array(try reader.bytes(markBytes))
        guard let type = KeyType(rawValue: try reader.byte()) else { throw .damaged }
        let flagBits = try reader.uint32()
        let autoRotateSeconds = try reader.int64()
        let minDecryption = Int(try reader.uint32())
        let minEncryption = Int(try reader.uint32())
        let minAvailable = Int(try reader.uint32())
        let count = Int(try reader.uint32())
        // Also when the count is nonsense: no memory before the bytes are there.
        guard count > 0, count <= Limits.maxVersions else { throw .damaged }
        var versions: [KeyVersion] = []
        for _ in 0..<count { versions.append(try reader.keyVersion()) }
        try reader.end()

        var ring = KeyRing(type: type, versions: versions)
        for (bit, flag) in flags.enumerated() {
            ring[keyPath: flag] = flagBits >> UInt32(bit) & 1 == 1
        }
        ring.autoRotateSeconds = autoRotateSeconds
        ring.minDecryptionVersion = minDecryption
        ring.minEncryptionVersion = minEncryption
        ring.minAvailableVersion = minAvailable
        guard flagBits >> UInt32(flags.count) == 0,
            (0...Int64(DurationText.maxSeconds)).contains(autoRotateSeconds),
            minDecryption <= ring.latestVersion, minEncryption <= ring.latestVersion
        else { throw .damaged }
        return (mark, ring)
    }

    /// The caller erases it when it is written.
    func record(mark: [UInt8]) -> [UInt8] {
        var writer = RecordWriter(layout: Self.layout, capacity: 64 + versions.count * 160)
        writer.raw(mark[...])
        writer.byte(type.rawValue)
        var flagBits: UInt32 = 0
        for (bit, flag) in Self.flags.enumerated() where self[keyPath: flag] {
            flagBits |= 1 << UInt32(bit)
        }
        writer.uint32(flagBits)
        writer.int64(autoRotateSeconds)
        writer.uint32(UInt32(clamping: minDecryptionVersion))
        writer.uint32(UInt32(clamping: minEncryptionVersion))
        writer.uint32(UInt32(clamping: minAvailableVersion))
        writer.uint32(UInt32(clamping: versions.count))
        for version in versions { writer.keyVersion(version) }
        return writer.bytes
    }
}

extension RecordReader {
    fileprivate mutating func keyVersion() throws(RecordError) -> KeyVersion {
        let created = try timestamp()
        let convergentVersion = try byte()
        let secret = try secret()
        let publicKey = Array(try counted())
        guard let hmacKey = try self.secret() else { throw .damaged }
        var certificates: [[UInt8]] = []
        for _ in 0..<(try byte()) { certificates.append(Array(try counted())) }
        guard convergentVersion <= KeyVersion.currentConvergentVersion else { throw .damaged }
        return KeyVersion(
            created: created, secret: secret, publicKey: publicKey, hmacKey: hmacKey,
            convergentVersion: convergentVersion, certificates: certificates)
    }

    private mutating func counted() throws(RecordError) -> ArraySlice<UInt8> {
        try bytes(Int(try uint32()))
    }

    private mutating func secret() throws(RecordError) -> SecretBytes? {
        let bytes = try counted()
        return bytes.isEmpty ? nil : bytes.withUnsafeBytes { SecretBytes(copying: $0) }
    }
}

extension RecordWriter {
    fileprivate mutating func keyVersion(_ version: KeyVersion) {
        timestamp(version.created)
        byte(version.convergentVersion)
        secret(version.secret)
        counted(version.publicKey)
        secret(version.hmacKey)
        byte(UInt8(clamping: version.certificates.count))
        for certificate in version.certificates.prefix(255) { counted(certificate) }
    }

    private mutating func counted(_ bytes: [UInt8]) {
        uint32(UInt32(clamping: bytes.count))
        raw(bytes[...])
    }

    private mutating func secret(_ secret: SecretBytes?) {
        var bytes = secret?.exposedBytes() ?? []
        counted(bytes)
        zero(&bytes)
    }
}
