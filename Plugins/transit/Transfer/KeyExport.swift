// A version's key as text, in the forms that Vault and other tools read.

import Cryptography
import PluginSDK

/// What of a key is exported.
enum KeyPart: String {
    case encryptionKey = "encryption-key"
    case signingKey = "signing-key"
    case hmacKey = "hmac-key"
    case publicKey = "public-key"
    case certificateChain = "certificate-chain"

    var isSecret: Bool { self != .publicKey && self != .certificateChain }

    func requireSupported(_ type: KeyType) throws(PluginError) {
        let (isThere, purpose): (Bool, String) =
            switch self {
            case .encryptionKey: (type.supportsEncryption, "encryption")
            case .signingKey: (type.supportsSigning, "signing")
            case .hmacKey: (true, "HMAC")
            case .publicKey: (type.pair != nil, "public keys")
            case .certificateChain: (type.supportsSigning, "certificates")
            }
        if !isThere {
            throw PluginError(
                .invalidRequest, "\(purpose) not supported for the key: its type is \(type.name)")
        }
    }
}

enum KeyFormat: String {
    /// Each type its own.
    case usual = ""
    case raw, der, pem
}

extension LoadedKey {
    func export(_ part: KeyPart, _ format: KeyFormat, _ number: Int) throws -> String {
        let keys = try keys(number)
        if part == .certificateChain {
            return keys.version.certificates.map { PEM.encode("CERTIFICATE", $0) }.joined()
        }
        if part == .hmacKey, type != .hmac {
            return keys.version.hmacKey.withUnsafeBytes { Base64.encode($0) }
        }
        guard type.pair != nil else {
            guard format == .usual || format == .raw, let secret = keys.version.secret else {
                throw PluginError.unknownForm
            }
            return secret.withUnsafeBytes { Base64.encode($0) }
        }
        do {
            return part == .publicKey
                ? try keys.publicText(format) : try keys.privateText(format)
        } catch is CryptoError { throw PluginError.cryptographyFailed }
    }
}

extension VersionKeys {
    fileprivate func publicText(_ format: KeyFormat) throws -> String {
        if type == .ed25519, format == .usual || format == .raw {
            return Base64.encode(try publicKey().ed25519Bytes())
        }
        switch format {
        case .raw: throw PluginError.unknownForm
        case .usual, .pem: return PEM.encode("PUBLIC KEY", version.publicKey)
        case .der: return Base64.encode(version.publicKey)
        }
    }

    fileprivate func privateText(_ format: KeyFormat) throws -> String {
        guard let key = try privateKey(), let secret = version.secret else {
            throw PluginError.publicOnly
        }
        if type == .ed25519, format == .usual || format == .raw {
            return secret.withUnsafeBytes { Base64.encode($0) }
        }
        switch format {
        case .raw: throw PluginError.unknownForm
        case .usual:
            let label = type.isRSA ? "RSA PRIVATE KEY" : "EC PRIVATE KEY"
            return try key.traditionalDER().withUnsafeBytes { PEM.encode(label, $0) }
        case .pem: return try key.pkcs8().withUnsafeBytes { PEM.encode("PRIVATE KEY", $0) }
        case .der: return try key.pkcs8().withUnsafeBytes { Base64.encode($0) }
        }
    }
}

extension PluginError {
    static let unknownForm = PluginError(
        .invalidRequest, "keys of this type are not exported in that format")
}
