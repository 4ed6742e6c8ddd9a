// What speaks for one certificate having signed another, each thing by itself.

import Certificates
import JSON

struct SignatureMatch: Sendable, Equatable {
    let subject: Bool
    let path: Bool
    let trust: Bool
    let keyID: Bool
    let signature: Bool

    init(issuer: StoredIssuer, issued: StoredIssuer) {
        let (parent, child) = (issuer.certificate, issued.certificate)
        subject = child.issuer == parent.subject
        path = issued.chain.contains(where: issuer.isSame(as:))
        trust = child.isTrusted(through: issued.chain, by: parent)
        // Two that say nothing do not say the same.
        keyID =
            parent.subjectKeyIdentifier != nil
            && parent.subjectKeyIdentifier == child.authorityKeyIdentifier
        signature = child.hasSignature(by: parent)
    }

    var values: [(name: String, value: Bool)] {
        [
            ("subject_match", subject), ("path_match", path), ("trust_match", trust),
            ("key_id_match", keyID), ("signature_match", signature),
        ]
    }
}
