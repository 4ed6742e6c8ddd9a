// The stages of issuing, in their order. What the client asks for comes first, then what the role
// demands: nothing that a client says can undo what a role has set.

import Certificates
import PluginSDK

struct Stage: Sendable {
    let name: String
    let run: @Sendable (inout Draft) throws(PluginError) -> Void

    init(_ name: String, _ run: @escaping @Sendable (inout Draft) throws(PluginError) -> Void) {
        self.name = name
        self.run = run
    }
}

enum Stages {
    static let all: [Stage] = [
        Stage("the key is one that the role takes", KeyStage.validate),
        Stage("names from the request", NamesStage.take),
        Stage("extensions from the request", RequestExtensionsStage.take),
        Stage("names that the role allows", NamesStage.validate),
        Stage("names that the issuer may certify", ConstraintsStage.validate),
        Stage("validity", ValidityStage.enforce),
        Stage("purposes", PurposeStage.enforce),
        Stage("where to ask about it", AccessStage.enforce),
        Stage("alternative names", NamesStage.write),
    ]

    static func sign(_ draft: consuming Draft) throws(PluginError) -> SignedCertificate {
        for stage in all { try stage.run(&draft) }
        let serial = CertificateTemplate.randomSerial()
        let subject: [UInt8]
        if let taken = draft.subject {
            subject = taken
        } else {
            subject = try draft.subjectName.encoded()
        }
        var template = CertificateTemplate(
            serial: serial, issuer: draft.issuer.issuer.certificate.subject, subject: subject,
            notBefore: draft.notBefore, notAfter: draft.notAfter, publicKey: draft.publicKey)
        template.extensions = draft.extensions
        template.authorityKeyIdentifier = draft.issuer.keyIdentifier
        template.subjectKeyIdentifier = draft.subjectKeyIdentifier
        do throws(CertificateError) {
            let der = try template.sign(with: draft.issuer.key, draft.role.signature)
            return SignedCertificate(
                der: der, serial: SerialNumber.text(serial), notAfter: draft.notAfter,
                warnings: draft.warnings)
        } catch { throw PluginError(error) }
    }
}
