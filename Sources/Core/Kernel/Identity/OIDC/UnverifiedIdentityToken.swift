// Identity tokens that somebody shows: nothing in them is believed before the signature is checked.

internal import Cryptography
internal import JSON

/// Why a token is not active.
struct InactiveIdentityToken: Error, Sendable {
    let reason: String
    init(_ reason: String) { self.reason = reason }
}

/// A token taken apart.
struct UnverifiedIdentityToken {
    private let header: JSONValue
    private let signedBytes: [UInt8]
    private let payload: [UInt8]
    private let signature: [UInt8]

    init(_ text: String) throws(InactiveIdentityToken) {
        guard text.utf8.count <= KernelLimits.identityTokenBytes else {
            throw InactiveIdentityToken("the token is too long")
        }
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Base64.decodeURL(String(Substring(parts[0]))),
            let payload = Base64.decodeURL(String(Substring(parts[1]))),
            let signature = Base64.decodeURL(String(Substring(parts[2]))),
            let object = try? JSONValue(parsing: header)
        else { throw InactiveIdentityToken("failed to parse the token") }
        self.header = object
        self.payload = payload
        self.signature = signature
        signedBytes = Array(text.utf8.prefix(parts[0].count + 1 + parts[1].count))
    }

    /// The claims, if one of the keys has signed them. The key decides the algorithm; what the
    /// header says must be the same, and a header that demands what is not understood is refused.
    func verify(_ keys: [OIDCPublicKey]) throws(InactiveIdentityToken) -> JSONObject {
        let problem = InactiveIdentityToken("unable to validate the token signature")
        guard let id = header["kid"]?.stringValue, header["crit"] == nil,
            let key = keys.first(where: { $0.keyID.utf8.elementsEqual(id.utf8) }),
            header["alg"]?.stringValue == key.algorithm.rawValue,
            let isSigned = try? key.key.verify(signature, of: signedBytes, key.algorithm.scheme),
            isSigned, case .object(let claims)? = try? JSONValue(parsing: payload)
        else { throw problem }
        return claims
    }
}

/// The claims of a token that was signed here, checked against what a verifier expects.
struct VerifiedIdentityToken {
    let entityID: String

    init(
        _ claims: JSONObject, issuer: String, clientID: String?, now: Int64
    ) throws(InactiveIdentityToken) {
        guard claims["iss"] == .string(issuer) else {
            throw InactiveIdentityToken("validation failed, invalid issuer claim (iss)")
        }
        guard let expiry = claims["exp"]?.intValue, Int64(expiry) > now else {
            throw InactiveIdentityToken("validation failed, token is expired (exp)")
        }
        if let start = claims["nbf"]?.intValue, Int64(start) > now {
            throw InactiveIdentityToken("validation failed, token not valid yet (nbf)")
        }
        if let clientID, !Self.audiences(claims["aud"]).contains(.string(clientID)) {
            throw InactiveIdentityToken("validation failed, invalid audience claim (aud)")
        }
        guard let subject = claims["sub"]?.stringValue, !subject.isEmpty else {
            throw InactiveIdentityToken("the token has no subject")
        }
        entityID = subject
    }

    /// One text or a list of them.
    private static func audiences(_ claim: JSONValue?) -> [JSONValue] {
        switch claim {
        case .array(let values)?: values
        case let value?: [value]
        case nil: []
        }
    }
}

extension OIDCStore {
    /// The entity of a token that was signed here and is still good.
    func verify(
        _ token: String, clientID: String?, serverAddress: String, now: Int64
    ) throws(InactiveIdentityToken) -> VerifiedIdentityToken {
        let table = self.table
        let claims = try UnverifiedIdentityToken(token).verify(
            table.keys.values.flatMap { $0.publicKeys(now: now) })
        return try VerifiedIdentityToken(
            claims, issuer: table.issuer.url(serverAddress: serverAddress), clientID: clientID,
            now: now)
    }
}
