// The keys behind a named key: pairs that sign, and public keys that verify.

internal import Cryptography
internal import JSON

/// A public key as verifiers get it.
struct OIDCPublicKey: Sendable {
    /// The `kid` of tokens and of the key set.
    let keyID: String
    let algorithm: JWSAlgorithm
    let key: PublicKey
    /// SubjectPublicKeyInfo, for storage.
    let encoded: [UInt8]
    /// The JSON Web Key, made once.
    let jwk: JSONValue

    init(
        keyID: String, algorithm: JWSAlgorithm, encoded: [UInt8]
    ) throws(CryptoError) {
        let key = try PublicKey(subjectPublicKeyInfo: encoded)
        // A key that cannot be what its algorithm says has been exchanged.
        guard algorithm.suits(key.kind) else {
            throw CryptoError(.unsuitableKey, "a key does not suit its algorithm")
        }
        var jwk = JSONObject([
            ("use", "sig"), ("kid", .string(keyID)), ("alg", .string(algorithm.rawValue)),
        ])
        for member in try key.jwkMembers() { jwk[member.name] = .string(member.value) }
        self.keyID = keyID
        self.algorithm = algorithm
        self.key = key
        self.encoded = encoded
        self.jwk = .object(jwk)
    }
}

/// A key pair with its public form.
struct OIDCKeyPair: Sendable {
    let publicKey: OIDCPublicKey
    let privateKey: PrivateKey

    var keyID: String { publicKey.keyID }

    init(publicKey: OIDCPublicKey, privateKey: PrivateKey) {
        self.publicKey = publicKey
        self.privateKey = privateKey
    }

    /// A new pair. Takes a tenth of a second for RSA: never on an event loop.
    static func generate(_ algorithm: JWSAlgorithm) throws(BackendFailure) -> OIDCKeyPair {
        do throws(CryptoError) {
            let privateKey = try PrivateKey.generate(algorithm.newKeyKind)
            let encoded = try privateKey.publicKey().subjectPublicKeyInfo()
            let publicKey = try OIDCPublicKey(
                keyID: UUID128().text, algorithm: algorithm, encoded: encoded)
            return OIDCKeyPair(publicKey: publicKey, privateKey: privateKey)
        } catch {
            throw BackendFailure(.internalError, "no signing key could be made: \(error)")
        }
    }
}

/// A public key after its rotation.
struct OIDCRetiredKey: Sendable {
    let publicKey: OIDCPublicKey
    /// Last published before this time.
    var expiresAt: Int64
    /// How long it was to be published: a clock that was set back does not prolong it.
    let lifetimeSeconds: Int64
}
