// A version's keys as the library wants them, made at their first use and shared by all threads.

import Cryptography
import PluginSDK
import Synchronization

final class VersionKeys: Sendable {
    private struct Made {
        var symmetric: AEADKey?
        var privateKey: PrivateKey?
        var publicKey: PublicKey?
    }

    let type: KeyType
    let version: KeyVersion
    private let made = Mutex(Made())
    private let uses: Atomic<Int>

    init(_ type: KeyType, _ version: KeyVersion, uses: Int) {
        self.type = type
        self.version = version
        self.uses = Atomic(uses)
    }

    var useCount: Int { uses.load(ordering: .relaxed) }

    func countUse() throws(PluginError) {
        guard useCount < Limits.maxUses else {
            throw PluginError(
                .invalidRequest,
                "this version of the key has encrypted as often as is safe: rotate the key")
        }
        uses.add(1, ordering: .relaxed)
    }

    /// The cipher of a key that is not derived.
    func symmetric() throws(PluginError) -> AEADKey {
        if let key = made.withLock({ $0.symmetric }) { return key }
        guard let algorithm = type.cipher, let secret = version.secret else { throw .damagedKey }
        do throws(CryptoError) {
            let key = try AEADKey(algorithm, key: secret)
            return made.withLock { made in
                if let first = made.symmetric { return first }
                made.symmetric = key
                return key
            }
        } catch { throw .damagedKey }
    }

    /// Nil if only the public key is known.
    func privateKey() throws(PluginError) -> PrivateKey? {
        if let key = made.withLock({ $0.privateKey }) { return key }
        do throws(CryptoError) {
            guard let key = try version.privateKey(type) else { return nil }
            made.withLock { $0.privateKey = key }
            return key
        } catch { throw .damagedKey }
    }

    func publicKey() throws(PluginError) -> PublicKey {
        if let key = made.withLock({ $0.publicKey }) { return key }
        do throws(CryptoError) {
            let key = try PublicKey(subjectPublicKeyInfo: version.publicKey)
            made.withLock { $0.publicKey = key }
            return key
        } catch { throw .damagedKey }
    }

    /// Bytes that belong to the context under this version's key.
    func derive(_ context: [UInt8]?, count: Int) throws(PluginError) -> SecretBytes {
        guard let context, !context.isEmpty else {
            throw PluginError(
                .invalidRequest,
                "missing 'context' for key derivation; the key was created using a derived key, "
                    + "which means additional, per-request information must be included in order "
                    + "to perform operations with the key")
        }
        guard let secret = version.secret else { throw .damagedKey }
        do {
            return try secret.withUnsafeBytes { secret in
                try context.withUnsafeBytes { context in
                    try HKDFSHA256.derive(secret, info: context, count: count)
                }
            }
        } catch { throw .cryptographyFailed }
    }
}

extension PluginError {
    static let damagedKey = PluginError(.internalError, "the stored key is damaged")
    static let cryptographyFailed = PluginError(
        .internalError, "a cryptographic operation failed")
}
