// A named key behind the barrier: one entry for what may be shown, and one for each private key.

internal import Barrier
internal import Cryptography
internal import JSON

extension OIDCNamedKey {
    /// Version of the stored form; a newer one is refused instead of being half understood.
    private static let formatVersion = 1

    /// Everything but the private keys.
    func encoded() -> [UInt8] {
        var object = JSONObject([
            ("v", .int(Self.formatVersion)), ("algorithm", .string(algorithm.rawValue)),
            ("rotation_period", .int(rotationPeriodSeconds)),
            ("verification_ttl", .int(verificationTTLSeconds)),
            ("allowed_client_ids", .strings(allowedClientIDs)),
            ("next_rotation", .int(nextRotationAt)),
            (
                "retired",
                .array(
                    retired.map { retired in
                        var value = Self.encode(retired.publicKey)
                        value["expires"] = .int(retired.expiresAt)
                        value["lifetime"] = .int(retired.lifetimeSeconds)
                        return value
                    })
            ),
        ])
        if let pairs {
            object["signing"] = Self.encode(pairs.signing.publicKey)
            object["next"] = Self.encode(pairs.next.publicKey)
        }
        return JSONValue.object(object).encoded()
    }

    private static func encode(_ key: OIDCPublicKey) -> JSONValue {
        [
            "kid": .string(key.keyID), "alg": .string(key.algorithm.rawValue),
            "public": .string(Base64.encode(key.encoded)),
        ]
    }

    /// `privateKey` reads the PKCS #8 of a key by its id.
    init(
        name: OIDCName, decoding bytes: [UInt8],
        privateKey: (String) throws(BackendFailure) -> SecretBytes?
    ) throws(BackendFailure) {
        guard let value = try? JSONValue(parsing: bytes),
            value["v"]?.intValue == Self.formatVersion,
            let algorithm = value["algorithm"]?.stringValue.flatMap(JWSAlgorithm.init(rawValue:)),
            let period = value["rotation_period"]?.intValue,
            let lifetime = value["verification_ttl"]?.intValue,
            let next = value["next_rotation"]?.intValue
        else { throw Self.unreadable(name) }
        self.init(
            name: name, algorithm: algorithm, rotationPeriodSeconds: Int64(period),
            verificationTTLSeconds: Int64(lifetime),
            allowedClientIDs: value["allowed_client_ids"]?.arrayValue?.compactMap(\.stringValue)
                ?? [],
            nextRotationAt: Int64(next))
        if let signing = value["signing"], let next = value["next"] {
            pairs = Pairs(
                signing: try Self.pair(name, signing, privateKey),
                next: try Self.pair(name, next, privateKey))
        }
        for entry in value["retired"]?.arrayValue ?? [] {
            guard let expires = entry["expires"]?.intValue,
                let lifetime = entry["lifetime"]?.intValue
            else { throw Self.unreadable(name) }
            retired.append(
                OIDCRetiredKey(
                    publicKey: try Self.publicKey(name, entry), expiresAt: Int64(expires),
                    lifetimeSeconds: Int64(lifetime)))
        }
    }

    private static func publicKey(
        _ name: OIDCName, _ value: JSONValue
    ) throws(BackendFailure) -> OIDCPublicKey {
        guard let id = value["kid"]?.stringValue,
            let algorithm = value["alg"]?.stringValue.flatMap(JWSAlgorithm.init(rawValue:)),
            let encoded = value["public"]?.stringValue.flatMap({ Base64.decode($0) }),
            let key = try? OIDCPublicKey(keyID: id, algorithm: algorithm, encoded: encoded)
        else { throw unreadable(name) }
        return key
    }

    private static func pair(
        _ name: OIDCName, _ value: JSONValue,
        _ privateKey: (String) throws(BackendFailure) -> SecretBytes?
    ) throws(BackendFailure) -> OIDCKeyPair {
        let publicKey = try publicKey(name, value)
        guard let secret = try privateKey(publicKey.keyID),
            let key = try? PrivateKey(pkcs8: secret), key.kind == publicKey.key.kind
        else { throw unreadable(name) }
        return OIDCKeyPair(publicKey: publicKey, privateKey: key)
    }

    private static func unreadable(_ name: OIDCName) -> BackendFailure {
        BackendFailure(
            .internalError, "the stored identity token key \"\(name.text)\" cannot be read")
    }
}
