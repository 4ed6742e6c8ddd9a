// The root key as the Shamir seal keeps it, and the seal's configuration in plain.

public import Cryptography
internal import Storage

extension Barrier {
    /// Decrypts the root key; `wrongKey` if this is not the unseal key. Works on a sealed barrier.
    public func openRootKey(unsealKey: SecretBytes) throws(BarrierError) -> SecretBytes {
        guard let stored = try load(ReservedName.shamirRoot.rawValue) else {
            throw BarrierError(.notInitialised, "the barrier has no root key under an unseal key")
        }
        var content = try SealedRecord.open(stored.bytes, name: .shamirRoot, under: unsealKey)
        defer { zero(&content) }
        guard content.count == AES256GCM.keyByteCount else {
            throw .corrupted("the root key is damaged", ReservedName.shamirRoot.rawValue)
        }
        return SecretBytes(content, locked: true)
    }

    /// What the seal needs to know before there is a key: shares, threshold. Not encrypted, so it
    /// must not hold a secret, and not authenticated, so nothing may be trusted that it says.
    public func readSealConfiguration() throws(BarrierError) -> [UInt8]? {
        try load(ReservedName.sealConfiguration.rawValue)?.bytes
    }

    public func writeSealConfiguration(_ bytes: [UInt8]) async throws(BarrierError) {
        do throws(StorageError) {
            try await store.commit(
                StoreBatch(puts: [(ReservedName.sealConfiguration.rawValue, bytes)]))
        } catch {
            throw BarrierError(error)
        }
    }

    static func rootKeyPut(
        _ rootKey: SecretBytes, under unsealKey: SecretBytes
    ) throws(BarrierError) -> (key: String, value: [UInt8]) {
        guard rootKey.count == AES256GCM.keyByteCount else {
            throw BarrierError(.wrongKey, "a root key has \(AES256GCM.keyByteCount) bytes")
        }
        var content = rootKey.exposedBytes()
        defer { zero(&content) }
        let record = try SealedRecord.seal(content, name: .shamirRoot, under: unsealKey)
        return (ReservedName.shamirRoot.rawValue, record)
    }
}
