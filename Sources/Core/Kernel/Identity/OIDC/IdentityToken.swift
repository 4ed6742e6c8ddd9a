// Identity tokens: JSON Web Tokens that say who somebody is, made and signed.

internal import Clock
internal import Cryptography
internal import JSON

struct IdentityToken: Sendable {
    let text: String
    let clientID: String
    let ttlSeconds: Int64

    /// What every token says.
    struct Frame: Sendable {
        let issuer: String
        let namespace: String
        let now: Timestamp
    }

    /// Signs a token for the subject. The server's own claims come first and cannot be overwritten:
    /// no template that was compiled has one of their names.
    init(
        _ role: OIDCRole, _ key: OIDCNamedKey, _ pair: OIDCKeyPair, _ subject: OIDCSubject,
        _ frame: Frame
    ) throws(BackendFailure) {
        // A role that is older than its key may ask for more than the key's public part lives.
        ttlSeconds = min(role.ttlSeconds, key.verificationTTLSeconds)
        clientID = role.clientID
        let issuedAt = frame.now.seconds
        var claims = JSONObject([
            ("iss", .string(frame.issuer)), ("namespace", .string(frame.namespace)),
            ("sub", .string(subject.entityID)), ("aud", .string(role.clientID)),
            ("iat", .int(issuedAt)),
            ("exp", .int(OIDCNamedKey.time(issuedAt, plus: ttlSeconds))),
        ])
        for (name, value) in role.template.populate(subject, now: frame.now) {
            claims[name] = value
        }
        text = try Self.sign(.object(claims), pair)
    }

    private static func sign(
        _ claims: JSONValue, _ pair: OIDCKeyPair
    ) throws(BackendFailure) -> String {
        let algorithm = pair.publicKey.algorithm
        let header: JSONValue = [
            "alg": .string(algorithm.rawValue), "kid": .string(pair.keyID),
        ]
        let input =
            Base64.encodeURL(header.encoded()) + "." + Base64.encodeURL(claims.encoded())
        do throws(CryptoError) {
            let signature = try pair.privateKey.sign(Array(input.utf8), algorithm.scheme)
            return input + "." + Base64.encodeURL(signature)
        } catch {
            throw BackendFailure(.internalError, "the token cannot be signed: \(error)")
        }
    }
}

extension OIDCStore {
    /// A token of this role for the subject.
    func issue(
        _ roleName: OIDCName, _ subject: OIDCSubject, serverAddress: String, namespace: String,
        now: Timestamp
    ) async throws(BackendFailure) -> IdentityToken {
        guard let role = table.roles[roleName] else {
            throw BackendFailure(.invalidRequest, "role \"\(roleName.text)\" not found")
        }
        guard let key = try await keyWithPairs(role.keyName, now: now.seconds),
            let pair = key.pairs?.signing
        else {
            throw BackendFailure(.invalidRequest, "key \"\(role.keyName.text)\" not found")
        }
        guard key.allows(clientID: role.clientID) else {
            throw BackendFailure(
                .invalidRequest,
                "the key \"\(key.name.text)\" does not list the client ID of the role "
                    + "\"\(roleName.text)\" as an allowed client ID")
        }
        let frame = IdentityToken.Frame(
            issuer: table.issuer.url(serverAddress: serverAddress), namespace: namespace, now: now)
        return try IdentityToken(role, key, pair, subject, frame)
    }
}
