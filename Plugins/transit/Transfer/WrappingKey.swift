// `GET wrapping_key`: the public key that keys to be imported are wrapped for. It is made at its
// first use.

import Clock
import Cryptography
import JSON
import Paths
import PluginSDK
import Synchronization

func wrappingKeyPath(_ mount: TransitMount) -> Path {
    Path(
        "wrapping_key", .read, reads: [StorageKey.wrappingKey],
        help: "The public key that keys to be imported are wrapped for."
    ) { request in
        try withWrappingKey(request, mount) { key in
            let text = PEM.encode("PUBLIC KEY", try key.keys(1).version.publicKey)
            return .answer(.data(["public_key": .string(text)]))
        }
    }
}

/// Goes on with the mount's wrapping key.
func withWrappingKey(
    _ request: Request, _ mount: TransitMount,
    then: @escaping @Sendable (LoadedKey) throws -> Outcome
) throws -> Outcome {
    .read([StorageKey.wrappingKey]) { entries in
        if let record = entries[StorageKey.wrappingKey] {
            return try then(try TransitMount.load(record))
        }
        return .work {
            let key = try mount.newWrappingKey.make(request.now)
            var batch = WriteBatch()
            batch.put(StorageKey.wrappingKey, key.ring.record(mark: key.mark))
            return .commit(batch) { try then(key) }
        }
    }
}

/// Makes a wrapping key once: many who ask for it at the same time get the same one.
final class NewWrappingKey: Sendable {
    private let made = Mutex<LoadedKey?>(nil)

    func make(_ now: Timestamp) throws(PluginError) -> LoadedKey {
        let result: Result<LoadedKey, CryptoError> = made.withLock { made in
            if let made { return .success(made) }
            return Result { () throws(CryptoError) in
                let version = try KeyVersion.generate(
                    .rsa4096, keyBytes: nil, isConvergent: false, now: now)
                let key = LoadedKey(
                    mark: SecureRandom.bytes(KeyRing.markBytes),
                    ring: KeyRing(type: .rsa4096, versions: [version]))
                made = key
                return key
            }
        }
        do throws(CryptoError) { return try result.get() } catch { throw .cryptographyFailed }
    }
}
