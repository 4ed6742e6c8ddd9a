// Client certificates as credentials: an authority's certificate and key stand in the role, and
// each user gets a certificate that ends with the first term of its lease.

import Certificates
import Cryptography
import JSON
import PluginSDK

struct ClientCertificateSettings: Sendable {
    /// Empty for the user's own name.
    let commonNameTemplate: String
    let keyType: String
    let kind: KeyKind
    let signature: SignatureChoice
    let authority: Certificate
    let authorityKey: PrivateKey
    private let authorityText: String
    private let authorityKeyText: SecretBytes

    /// Takes the settings that it knows out of the map.
    init(_ config: inout [String: String]) throws(PluginError) {
        func take(_ name: String) -> String { config.removeValue(forKey: name) ?? "" }
        commonNameTemplate = take("common_name_template")
        authorityText = take("ca_cert")
        let keyText = take("ca_private_key")
        authorityKeyText = SecretBytes(utf8: keyText)
        keyType = take("key_type")
        let bits = try CredentialSettings.integer("key_bits", &config) ?? 0
        let signatureBits = try CredentialSettings.integer("signature_bits", &config) ?? 0
        guard !authorityText.isEmpty, !keyText.isEmpty, !keyType.isEmpty else {
            throw CredentialSettings.bad(
                "client_certificate needs ca_cert, ca_private_key and key_type")
        }
        if !commonNameTemplate.isEmpty {
            do throws(TemplateError) { _ = try UsernameTemplate(parsing: commonNameTemplate) } catch
            { throw CredentialSettings.bad("common_name_template: \(error.message)") }
        }
        do throws(CryptoError) {
            // The size does not matter to a key that has but one.
            kind = try KeyKind(
                type: keyType, bits: keyType == "ed25519" ? 0 : bits, rsaBits: Limits.rsaBits)
        } catch { throw CredentialSettings.bad(error.message) }
        guard
            let digest = SignatureChoice.Digest(
                rawValue: signatureBits == 0 ? 256 : signatureBits)
        else { throw CredentialSettings.bad("signature_bits must be 256, 384 or 512") }
        signature = SignatureChoice(digest: digest)
        (authority, authorityKey) = try Self.pair(authorityText, keyText)
    }

    private static func pair(
        _ text: String, _ keyText: String
    ) throws(PluginError) -> (Certificate, PrivateKey) {
        guard text.utf8.count <= Limits.maxPEMBytes, keyText.utf8.count <= Limits.maxPEMBytes else {
            throw CredentialSettings.bad(
                "ca_cert and ca_private_key have \(Limits.maxPEMBytes) bytes at most")
        }
        let certificates: [Certificate]
        do throws(CertificateError) { certificates = try Certificate.readAll(pem: text) } catch {
            throw CredentialSettings.bad("ca_cert: \(error.message)")
        }
        guard let certificate = certificates.first, certificates.count == 1 else {
            throw CredentialSettings.bad("ca_cert must be one certificate")
        }
        guard certificate.authority.isAuthority,
            certificate.keyUsage?.contains(.certSign) ?? true
        else { throw CredentialSettings.bad("ca_cert is not an authority's certificate") }
        let key: PrivateKey
        do throws(CertificateError) { key = try PrivateKey.read(pem: keyText) } catch {
            throw CredentialSettings.bad("ca_private_key: \(error.message)")
        }
        guard certificate.hasKey(of: key) else {
            throw CredentialSettings.bad("ca_private_key is not the key of ca_cert")
        }
        return (certificate, key)
    }

    /// Whether the template can give names at all.
    func checkTemplate() throws(PluginError) {
        guard !commonNameTemplate.isEmpty else { return }
        do throws(TemplateError) {
            // A character has up to four bytes.
            try UsernameTemplate.check(
                commonNameTemplate, maxBytes: Limits.maxCommonNameCharacters * 4)
        } catch { throw CredentialSettings.bad("common_name_template: \(error.message)") }
    }

    /// The authority's key is for storage only.
    func json(showsSecrets: Bool) -> JSONObject {
        var json: JSONObject = [
            "common_name_template": .string(commonNameTemplate), "ca_cert": .string(authorityText),
            "key_type": .string(keyType), "signature_bits": .int(signature.digest.rawValue),
        ]
        if kind.bits > 0 { json["key_bits"] = .int(kind.bits) }
        if showsSecrets {
            var bytes = authorityKeyText.exposedBytes()
            json["ca_private_key"] = .string(String(decoding: bytes, as: UTF8.self))
            zero(&bytes)
        }
        return json
    }

    /// A new key and its certificate.
    func issue(
        _ subject: CertificateSubject, from now: Timestamp, until end: Timestamp
    ) throws(PluginError) -> (certificate: String, key: PrivateKey) {
        let now = CertificateTime(now)
        guard authority.notAfter > now, authority.notBefore <= now else {
            throw PluginError(
                .invalidRequest, "the role's ca_cert is not valid at this time")
        }
        do {
            let key = try PrivateKey.generate(kind)
            var name = DistinguishedName()
            name.append(.commonName, [subject.commonName])
            var template = CertificateTemplate(
                serial: CertificateTemplate.randomSerial(), issuer: authority.subject,
                subject: name.der,
                notBefore: max(
                    now.adding(seconds: -Limits.certificateBackdateSeconds), authority.notBefore),
                notAfter: min(CertificateTime(end), authority.notAfter), publicKey: key.publicPart)
            template.authorityKeyIdentifier = authority.subjectKeyIdentifier
            template.extensions = [
                .basicConstraints(isAuthority: false, pathLength: nil),
                .keyUsage([.digitalSignature]),
                .extendedKeyUsage(ExtendedKeyUsage.oid("ClientAuth").map { [$0] } ?? []),
            ]
            let der = try template.sign(with: authorityKey, signature)
            return (PEM.text("CERTIFICATE", der), key)
        } catch {
            throw PluginError(.internalError, "the client certificate could not be made")
        }
    }
}
