// A private key of the mount.

import Cryptography

struct SigningKey: Sendable {
    let id: String
    var name = ""
    let key: PrivateKey

    /// The kind by the name that the API has.
    var type: String { key.kind.typeName }
}
