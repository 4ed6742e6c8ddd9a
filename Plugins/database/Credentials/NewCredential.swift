// New credentials: what the server is told, and what the client is given.

import Certificates
import Cryptography
import JSON
import PluginSDK

struct NewCredential: Sendable {
    let credential: Credential
    let given: JSONObject
}

/// Whom a credential is for.
struct CredentialHolder: Sendable {
    let username: String
    let displayName: String
    let roleName: String
    let now: Timestamp
    let expiration: Timestamp
}

extension CredentialSettings {
    /// Goes on with a new credential; keys are made on another thread.
    func make(
        for holder: CredentialHolder, _ config: DatabaseConfig,
        then: @escaping @Sendable (NewCredential) throws -> Outcome
    ) throws -> Outcome {
        switch self {
        case .password(let policy):
            return try newPassword(policy.isEmpty ? config.passwordPolicy : policy) { password in
                try then(
                    NewCredential(
                        credential: .password(password), given: ["password": .string(password)]))
            }
        case .rsaPrivateKey(let bits):
            return .work {
                let pem = try RSACredential.make(bits: bits)
                return try then(
                    NewCredential(
                        credential: .publicKey(try RSACredential.publicKey(of: pem)),
                        given: ["rsa_private_key": .string(pem)]))
            }
        case .clientCertificate(let settings):
            let subject = CertificateSubject(commonName: try settings.commonName(of: holder))
            return .work {
                let (certificate, key) = try settings.issue(
                    subject, from: holder.now, until: holder.expiration)
                return try then(
                    NewCredential(
                        credential: .subject(subject),
                        given: [
                            "client_certificate": .string(certificate),
                            "private_key": .string(try key.pem(isPKCS8: false)),
                            "private_key_type": .string(key.kind.typeName),
                        ]))
            }
        }
    }
}

extension ClientCertificateSettings {
    fileprivate func commonName(of holder: CredentialHolder) throws(PluginError) -> String {
        if commonNameTemplate.isEmpty { return holder.username }
        let name: String
        do throws(TemplateError) {
            name = try UsernameTemplate(parsing: commonNameTemplate).username(
                displayName: holder.displayName, roleName: holder.roleName, now: holder.now)
        } catch { throw PluginError(.invalidRequest, "common_name_template: \(error.message)") }
        // X.520's bound, which OpenSSL holds others to.
        guard !name.isEmpty, name.unicodeScalars.count <= Limits.maxCommonNameCharacters,
            !name.utf8.contains(0)
        else {
            throw PluginError(
                .invalidRequest,
                "common_name_template gives a name of \(name.unicodeScalars.count) characters; it "
                    + "must have 1 to \(Limits.maxCommonNameCharacters)")
        }
        return name
    }
}

/// Key pairs, of which the private one is text in PKCS #8.
enum RSACredential {
    static func make(bits: Int) throws(PluginError) -> String {
        do { return try PrivateKey.generate(.rsa(bits: bits)).pem(isPKCS8: true) } catch {
            throw failure
        }
    }

    static func publicKey(of text: String) throws(PluginError) -> String {
        do {
            let key = try PrivateKey.read(pem: text)
            return PEM.text("PUBLIC KEY", try key.publicPart.subjectPublicKeyInfo())
        } catch { throw failure }
    }

    private static var failure: PluginError {
        PluginError(.internalError, "a key pair could not be made")
    }
}
