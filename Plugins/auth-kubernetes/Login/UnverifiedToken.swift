// What a token says of itself. Nobody has vouched for it: it is good for refusing early, so that
// not every stranger makes the cluster work, and for nothing else.

import Cryptography
import JSON
import PluginSDK

struct UnverifiedToken: Sendable {
    let text: String
    let algorithm: JWSAlgorithm
    let issuer: String
    let audiences: [String]
    let expiry: Timestamp?
    /// Of `system:serviceaccount:NAMESPACE:NAME`.
    let account: ServiceAccountName
    /// What the signature is over, and the signature.
    private let signed: [UInt8]
    private let signature: [UInt8]

    init(_ text: String) throws(PluginError) {
        guard text.utf8.count <= Limits.tokenBytes else {
            throw PluginError(.invalidRequest, "jwt is longer than \(Limits.tokenBytes) bytes")
        }
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, parts.allSatisfy({ !$0.isEmpty }),
            let header = Self.object(parts[0]), let claims = Self.object(parts[1]),
            let signature = Self.bytes(parts[2])
        else { throw Self.malformed }
        // "none" and the symmetric algorithms are not among them.
        guard let algorithm = header["alg"]?.stringValue.flatMap(JWSAlgorithm.init(rawValue:))
        else { throw PluginError(.invalidRequest, "jwt is not signed in a way that is accepted") }
        guard let account = claims["sub"]?.stringValue.flatMap(ServiceAccountName.init(user:))
        else { throw PluginError(.permissionDenied, "jwt is not the token of a service account") }
        self.text = text
        self.algorithm = algorithm
        self.account = account
        self.signature = signature
        signed = Array(text.utf8.prefix(parts[0].count + 1 + parts[1].count))
        issuer = claims["iss"]?.stringValue ?? ""
        audiences = try Self.audiences(claims["aud"])
        expiry = try claims["exp"].map { (value) throws(PluginError) in
            guard let seconds = value.doubleValue, seconds >= 0, seconds < 253_402_300_800 else {
                throw Self.malformed
            }
            return Timestamp(seconds: Int64(seconds))
        }
    }

    /// A text, or a list of texts.
    private static func audiences(_ claim: JSONValue?) throws(PluginError) -> [String] {
        guard let claim, !claim.isNull else { return [] }
        if let one = claim.stringValue { return [one] }
        let texts = claim.arrayValue?.compactMap(\.stringValue) ?? []
        guard let count = claim.arrayValue?.count, texts.count == count else { throw malformed }
        return texts
    }

    private static func bytes(_ part: Substring.UTF8View) -> [UInt8]? {
        Base64.decodeURL(String(decoding: part, as: UTF8.self))
    }

    private static func object(_ part: Substring.UTF8View) -> JSONValue? {
        guard let bytes = bytes(part), let value = try? JSONValue(parsing: bytes),
            value.objectValue != nil
        else { return nil }
        return value
    }

    private static var malformed: PluginError {
        PluginError(.invalidRequest, "jwt is no signed JSON Web Token")
    }

    func isExpired(_ now: Timestamp) -> Bool {
        guard let expiry else { return false }
        return expiry.adding(seconds: Limits.clockSkewSeconds) < now
    }

    /// Whether one of the keys signed it.
    func isSigned(byOneOf keys: [PublicKey]) -> Bool {
        keys.contains { key in
            guard algorithm.suits(key.kind) else { return false }
            return (try? key.verify(signature, of: signed, algorithm.scheme)) ?? false
        }
    }
}

extension PublicKey {
    /// From PEM: a public key, or the one of a certificate.
    static func reading(_ pem: String) throws(PluginError) -> PublicKey {
        do throws(CryptoError) {
            switch PEM.decode(pem) {
            case .some(let blocks) where blocks.count == 1 && blocks[0].label == "PUBLIC KEY":
                return try PublicKey(subjectPublicKeyInfo: blocks[0].der)
            case .some(let blocks) where blocks.count == 1 && blocks[0].label == "CERTIFICATE":
                let key = try CertificateChain([blocks[0].der]).publicKey
                return try PublicKey(subjectPublicKeyInfo: key)
            default: break
            }
        } catch {}
        throw PluginError(
            .invalidRequest,
            "error parsing public keys: each of pem_keys must be one public key or certificate in "
                + "PEM")
    }
}
