// The types of keys, by the API's names, and what can be done with them.

import Cryptography

/// The numbers are those of backups, which Vault reads and writes too, and of stored records.
enum KeyType: UInt8, Sendable, CaseIterable {
    case aes256GCM = 0
    case ecdsaP256 = 1
    case ed25519 = 2
    case rsa2048 = 3
    case rsa4096 = 4
    case chaCha20Poly1305 = 5
    case ecdsaP384 = 6
    case ecdsaP521 = 7
    case aes128GCM = 8
    case rsa3072 = 9
    case hmac = 11
    case xChaCha20Poly1305 = 12

    init?(name: String) {
        guard let type = Self.allCases.first(where: { $0.name.utf8.elementsEqual(name.utf8) })
        else { return nil }
        self = type
    }

    var name: String {
        switch self {
        case .aes128GCM: "aes128-gcm96"
        case .aes256GCM: "aes256-gcm96"
        case .chaCha20Poly1305: "chacha20-poly1305"
        case .xChaCha20Poly1305: "xchacha20-poly1305"
        case .ed25519: "ed25519"
        case .ecdsaP256: "ecdsa-p256"
        case .ecdsaP384: "ecdsa-p384"
        case .ecdsaP521: "ecdsa-p521"
        case .rsa2048: "rsa-2048"
        case .rsa3072: "rsa-3072"
        case .rsa4096: "rsa-4096"
        case .hmac: "hmac"
        }
    }

    /// The cipher of a symmetric key.
    var cipher: AEADAlgorithm? {
        switch self {
        case .aes128GCM: .aes128GCM
        case .aes256GCM: .aes256GCM
        case .chaCha20Poly1305: .chaCha20Poly1305
        case .xChaCha20Poly1305: .xChaCha20Poly1305
        default: nil
        }
    }

    /// The kind of key pair.
    var pair: KeyKind? {
        switch self {
        case .ed25519: .ed25519
        case .ecdsaP256: .p256
        case .ecdsaP384: .p384
        case .ecdsaP521: .p521
        case .rsa2048: .rsa(bits: 2048)
        case .rsa3072: .rsa(bits: 3072)
        case .rsa4096: .rsa(bits: 4096)
        default: nil
        }
    }

    var isRSA: Bool { self == .rsa2048 || self == .rsa3072 || self == .rsa4096 }
    var isECDSA: Bool { self == .ecdsaP256 || self == .ecdsaP384 || self == .ecdsaP521 }

    var supportsEncryption: Bool { cipher != nil || isRSA }
    var supportsSigning: Bool { pair != nil }
    var supportsDerivation: Bool { cipher != nil || self == .ed25519 }
    var supportsConvergence: Bool { cipher != nil }
    var supportsAssociatedData: Bool { cipher != nil }

    /// What a public key is called beside it.
    var publicKeyName: String {
        switch self {
        case .ecdsaP256: "P-256"
        case .ecdsaP384: "P-384"
        case .ecdsaP521: "P-521"
        default: name
        }
    }

    /// An operation takes so long that other requests should not wait behind it.
    var isSlow: Bool { isRSA }
}
