// Batch tokens: a token that is its own record, encrypted with a key that never leaves the barrier.

internal import Barrier
internal import Clock
internal import Cryptography
internal import Synchronization

/// Makes and opens the batch tokens of one namespace.
///
/// Between `hvb.` and the namespace's id a token is, in unpadded base64url: version (1 byte), key
/// id (4), nonce (24), the record encrypted with AES-256-GCM. The first half of the nonce derives a
/// key of the token's own, the second half is that key's nonce, so random nonces do not wear the
/// key out however many tokens are made. Version, key id and the namespace are authenticated: a
/// token is worth nothing in another namespace.
final class BatchTokens: Sendable {
    private struct Key {
        let id: UInt32
        let createdAt: Int64
        let secret: SecretBytes
    }

    private final class Keyed: Sendable {
        let hmac: Mutex<HMACSHA256>
        init(_ key: SecretBytes) { hmac = Mutex(HMACSHA256(key: key)) }
    }

    private static let prefix = "hvb."
    private static let version: UInt8 = 1
    private static let headerBytes = 5
    private static let nonceBytes = 24
    /// A key makes tokens for so long; it opens them for ever after.
    private static let keySeconds: Int64 = 30 * 24 * 3600

    private let namespacePrefix: String
    private let suffix: String
    private let keys: [UInt32: Keyed]
    private let newest: UInt32

    /// Reads the namespace's keys. The first is made here, and a new one when the newest is old.
    init(barrier: Barrier, namespace: Namespace, now: Int64) async throws(BackendFailure) {
        let namespacePrefix = namespace.storagePrefix
        self.namespacePrefix = namespacePrefix
        suffix = namespace.idSuffix
        let path = namespacePrefix + "token/batch-keys"
        let stored = try barrier.read(path)
        var keys = try Self.decode(stored?.value ?? [])
        let newest = keys.max { $0.id < $1.id }
        if let newest, now < TokenEntry.time(newest.createdAt, plus: Self.keySeconds) {
            self.newest = newest.id
        } else {
            let key = Key(
                id: (newest?.id ?? 0) &+ 1, createdAt: now,
                secret: SecretBytes(random: AES256GCM.keyByteCount))
            keys.append(key)
            var record = Self.encode(keys)
            defer { zero(&record) }
            // Without it no table of the namespace can be read.
            var batch = BarrierBatch(growth: .unbounded)
            batch.preconditions.append((path, stored?.revision ?? 0))
            batch.puts.append((path, record))
            try await barrier.write(batch)
            self.newest = key.id
        }
        self.keys = Dictionary(keys.map { ($0.id, Keyed($0.secret)) }) { first, _ in first }
    }

    /// Whether a text claims to be a batch token.
    static func isBatch(_ secret: SecretBytes) -> Bool {
        secret.withUnsafeBytes { $0.starts(with: prefix.utf8) }
    }

    func seal(_ entry: TokenEntry) throws(BackendFailure) -> SecretBytes {
        var record = entry.batchRecord()
        defer { zero(&record) }
        var bytes = [Self.version]
        for shift: UInt32 in [24, 16, 8, 0] {
            bytes.append(UInt8(truncatingIfNeeded: newest >> shift))
        }
        let aad = bytes + Array(namespacePrefix.utf8)
        let nonce = SecureRandom.bytes(Self.nonceBytes)
        do throws(CryptoError) {
            let cipher = try cipher(newest, nonce)
            bytes += nonce
            bytes += try cipher.seal(record, nonce: Array(nonce.suffix(12)), aad: aad)
        } catch { throw BackendFailure(.internalError, "a batch token could not be encrypted") }
        let secret = SecretBytes(utf8: Self.prefix + Base64.encodeURL(bytes) + suffix)
        guard secret.count <= KernelLimits.batchTokenBytes else {
            throw BackendFailure(
                .invalidRequest, "policies and metadata are too large for a batch token")
        }
        return secret
    }

    /// The record of a batch token; `nil` for a text that this namespace did not make.
    func open(_ secret: SecretBytes) throws(BackendFailure) -> TokenEntry? {
        let suffix = suffix.utf8
        let text = secret.withUnsafeBytes { bytes -> String? in
            guard bytes.suffix(suffix.count).elementsEqual(suffix) else { return nil }
            return String(
                decoding: bytes.dropFirst(Self.prefix.utf8.count).dropLast(suffix.count),
                as: UTF8.self)
        }
        guard Self.isBatch(secret), let text, let bytes = Base64.decodeURL(text),
            bytes.count > Self.headerBytes + Self.nonceBytes + AES256GCM.tagByteCount,
            bytes[0] == Self.version
        else { return nil }
        let id = bytes[1..<Self.headerBytes].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        guard keys[id] != nil else { return nil }
        let sealed = bytes.dropFirst(Self.headerBytes)
        let nonce = Array(sealed.prefix(Self.nonceBytes))
        let aad = bytes.prefix(Self.headerBytes) + Array(namespacePrefix.utf8)
        let opened: [UInt8]? = try? cipher(id, nonce).open(
            Array(sealed.dropFirst(Self.nonceBytes)), nonce: Array(nonce.suffix(12)),
            aad: Array(aad))
        guard var record = opened else { return nil }
        defer { zero(&record) }
        return try TokenEntry(decodingBatchRecord: record)
    }

    /// The cipher under the token's own key.
    private func cipher(_ id: UInt32, _ nonce: [UInt8]) throws(CryptoError) -> AES256GCM {
        let label = Array("coffer batch token".utf8) + nonce.prefix(12)
        var derived = keys[id]?.hmac.withLock { $0.authenticate(label) } ?? []
        return try AES256GCM(key: SecretBytes(erasing: &derived))
    }
}

// MARK: Stored keys

extension BatchTokens {
    private static let formatVersion: UInt8 = 1
    private static let recordBytes = 4 + 8 + AES256GCM.keyByteCount

    /// A version byte, then id, time and key of each.
    private static func encode(_ keys: [Key]) -> [UInt8] {
        var bytes = [formatVersion]
        for key in keys {
            withUnsafeBytes(of: key.id.bigEndian) { bytes.append(contentsOf: $0) }
            withUnsafeBytes(of: key.createdAt.bigEndian) { bytes.append(contentsOf: $0) }
            key.secret.withUnsafeBytes { bytes.append(contentsOf: $0) }
        }
        return bytes
    }

    private static func decode(_ bytes: [UInt8]) throws(BackendFailure) -> [Key] {
        if bytes.isEmpty { return [] }
        guard bytes[0] == formatVersion, (bytes.count - 1) % recordBytes == 0 else {
            throw BackendFailure(
                .internalError,
                "the keys of batch tokens have a form that this version does not know")
        }
        return stride(from: 1, to: bytes.count, by: recordBytes).map { start in
            let record = bytes[start..<(start + recordBytes)]
            let id = record.prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            let time = record.dropFirst(4).prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return Key(
                id: id, createdAt: Int64(bitPattern: time),
                secret: SecretBytes(Array(record.dropFirst(12)), locked: true))
        }
    }
}
