// Kinds of keys by `key_type` and `key_bits`.

import Cryptography
import Paths
import PluginSDK

extension KeyKind {
    /// 0 bits are the usual size.
    init(type: String, bits: Int) throws(PluginError) {
        switch type {
        case "rsa":
            let bits = bits == 0 ? 2048 : bits
            guard Limits.rsaBits.contains(bits) else {
                throw PluginError(
                    .invalidRequest, "unsupported bit length for RSA key: \(bits)")
            }
            self = .rsa(bits: bits)
        case "ec":
            switch bits {
            case 224: self = .p224
            case 0, 256: self = .p256
            case 384: self = .p384
            case 521: self = .p521
            default:
                throw PluginError(.invalidRequest, "unsupported bit length for EC key: \(bits)")
            }
        case "ed25519": self = .ed25519
        default:
            throw PluginError(
                .invalidRequest, "unknown key type: there are rsa, ec and ed25519")
        }
    }

    /// Made and used on another thread: an RSA key takes a tenth of a second to make, a signature
    /// with one of these a millisecond.
    var isSlow: Bool {
        switch self {
        case .rsa, .p384, .p521: true
        case .p224, .p256, .ed25519: false
        }
    }
}

extension PrivateKey {
    static func make(_ kind: KeyKind) throws(PluginError) -> PrivateKey {
        do throws(CryptoError) { return try generate(kind) } catch {
            throw PluginError.cryptographyFailed
        }
    }
}

/// Makes a key and goes on; on another thread if that or the signature by `signer` is slow, and
/// among the heavy work if it takes as long as an RSA key.
func withNewKey(
    _ kind: KeyKind, signer: PrivateKey? = nil,
    then: @escaping @Sendable (PrivateKey) throws -> Outcome
) throws -> Outcome {
    if kind.isRSA { return .heavyWork { try then(try .make(kind)) } }
    guard kind.isSlow || signer?.kind.isSlow == true else { return try then(try .make(kind)) }
    return .work { try then(try .make(kind)) }
}

/// `internal`, `exported`, `existing` at the end of a path.
enum KeySource: Sendable {
    case made(exported: Bool)
    case existing

    init(_ text: String?) throws(PluginError) {
        switch text {
        case "internal": self = .made(exported: false)
        case "exported": self = .made(exported: true)
        case "existing": self = .existing
        case "kms":
            throw PluginError(
                .invalidRequest, "managed keys are not supported: keys are made here or imported")
        default:
            throw PluginError(
                .invalidRequest, "the type of the key must be internal, exported or existing")
        }
    }

    var isExported: Bool {
        if case .made(exported: true) = self { true } else { false }
    }
}
