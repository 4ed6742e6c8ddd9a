// A private key of the mount.

import Cryptography

struct SigningKey: Sendable {
    let id: String
    var name = ""
    let key: PrivateKey

    /// The kind by the name that the API has.
    var type: String { key.kind.typeName }
}

extension KeyKind {
    var typeName: String {
        switch self {
        case .rsa: "rsa"
        case .p224, .p256, .p384, .p521: "ec"
        case .ed25519: "ed25519"
        }
    }

    var bits: Int {
        switch self {
        case .rsa(let bits): bits
        case .p224: 224
        case .p256: 256
        case .p384: 384
        case .p521: 521
        case .ed25519: 0
        }
    }
}
