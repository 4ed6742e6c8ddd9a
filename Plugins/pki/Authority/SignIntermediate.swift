// Certificates of authorities below an issuer of this mount.

import Certificates
import Cryptography
import JSON
import Paths
import PluginSDK

func signIntermediatePaths(_ mount: PKIMount) -> [Path] {
    ["root/sign-intermediate", "issuer/:issuer_ref/sign-intermediate"].map { pattern in
        Path(
            pattern, .update,
            fields: [issuerField, csrField] + AuthorityRequest.fields + [
                .boolean(
                    "use_csr_values", default: false,
                    "Whether the subject and the extensions are the request's."),
                .boolean(
                    "enforce_leaf_not_after_behavior", default: false,
                    "Whether it may not outlive the issuer."),
                .string("skid", default: "", "The subject key identifier, in hexadecimal."),
            ],
            reads: [StorageKey.mark],
            help: "Sign the request of an authority below this one."
        ) { request in
            let fields = try request.fields()
            var asked = try AuthorityRequest(fields)
            asked.limits.usesRequestValues = fields.boolean("use_csr_values") ?? false
            asked.limits.mayOutliveIssuer =
                !(fields.boolean("enforce_leaf_not_after_behavior") ?? false)
            if !asked.limits.usesRequestValues { try asked.requireCommonName() }
            let identifier = try keyIdentifier(fields.string("skid") ?? "")
            let final = asked
            return mount.withAuthority { loaded in
                let issuer = try loaded.issuingContext(request.captures["issuer_ref"] ?? "default")
                return .work {
                    let signingRequest = try PEMInput.request(fields.string("csr"))
                    var draft = Draft(
                        final.issue, try final.role(), .authority(final.limits), issuer, mount,
                        now: request.now, publicKey: signingRequest.publicKey,
                        signingRequest: signingRequest)
                    draft.subjectKeyIdentifier = identifier
                    return try issued(try Stages.sign(draft), draft, key: nil)
                }
            }
        }
    }
}

private func keyIdentifier(_ text: String) throws(PluginError) -> [UInt8]? {
    if text.isEmpty { return nil }
    guard let bytes = Hex.decode(text.replacing(":", with: "")), (1...64).contains(bytes.count)
    else {
        throw PluginError(.invalidRequest, "cannot parse requested SKID value as hex")
    }
    return bytes
}

/// `sign-self-issued`: another root's certificate, signed again by an issuer of this mount, so that
/// who trusts this one trusts that one.
func signSelfIssuedPaths(_ mount: PKIMount) -> [Path] {
    ["root/sign-self-issued", "issuer/:issuer_ref/sign-self-issued"].map { pattern in
        Path(
            pattern, .update,
            fields: [
                issuerField,
                .string("certificate", required: true, "The self-issued certificate in PEM."),
                .boolean(
                    "require_matching_certificate_algorithms", default: false,
                    "Whether both keys must be of one kind."),
            ],
            reads: [StorageKey.mark],
            help: "Sign the self-issued certificate of another authority."
        ) { request in
            let fields = try request.fields()
            let mustMatch = fields.boolean("require_matching_certificate_algorithms") ?? false
            return mount.withAuthority { loaded in
                let issuer = try loaded.issuingContext(request.captures["issuer_ref"] ?? "default")
                return .work {
                    let given = try PEMInput.certificate(fields.string("certificate"))
                    let der = try signSelfIssued(given, issuer, mustMatch: mustMatch)
                    return .answer(
                        .data([
                            "certificate": .string(PEM.text("CERTIFICATE", der)),
                            "issuing_ca": .string(issuer.pem),
                        ]))
                }
            }
        }
    }
}

private func signSelfIssued(
    _ given: Certificate, _ issuer: IssuerContext, mustMatch: Bool
) throws(PluginError) -> [UInt8] {
    guard given.authority.isAuthority else {
        throw PluginError(.invalidRequest, "given certificate is not a CA certificate")
    }
    guard given.isSelfIssued, given.isSigned(by: given) else {
        throw PluginError(
            .invalidRequest, "given certificate is not self-issued, or not signed by its own key")
    }
    let urls = try issuer.accessURLs()
    do throws(CertificateError) {
        let key = try given.publicKey()
        if mustMatch, key.kind.typeName != issuer.key.kind.typeName {
            throw CertificateError(
                .invalidValue, "the keys of the certificate and of the issuer are of two kinds")
        }
        var template = CertificateTemplate(
            serial: given.serial, issuer: issuer.issuer.certificate.subject,
            subject: given.subject, notBefore: given.notBefore, notAfter: given.notAfter,
            publicKey: key)
        let replaced: Set<ObjectIdentifier> = [
            .subjectKeyIdentifier, .authorityKeyIdentifier, .authorityInformationAccess,
            .crlDistributionPoints, .freshestCRL,
        ]
        template.extensions =
            given.extensions.filter { !replaced.contains($0.oid) }
            + AccessStage.extensions(urls)
        template.subjectKeyIdentifier = given.subjectKeyIdentifier
        template.authorityKeyIdentifier = issuer.keyIdentifier
        return try template.sign(with: issuer.key)
    } catch { throw PluginError(error) }
}
