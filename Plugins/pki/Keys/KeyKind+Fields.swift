// Kinds of keys by `key_type` and `key_bits`.

import Cryptography
import Paths
import PluginSDK

extension KeyKind {
    /// 0 bits are the usual size.
    init(type: String, bits: Int) throws(PluginError) {
        do throws(CryptoError) {
            self = try KeyKind(type: type, bits: bits, rsaBits: Limits.rsaBits)
        } catch { throw PluginError(.invalidRequest, error.message) }
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
