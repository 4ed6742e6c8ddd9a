// What speaks for one certificate being signed by another.

import Certificates
import Cryptography
import JSON

struct IssuerMatch {
    let subject: Bool
    let keyID: Bool
    let signature: Bool
    /// The issuer is in the chain that the server gives to the other.
    let path: Bool
    /// The name fits, the issuer is an authority and the signature is its own.
    let trust: Bool

    init(_ issuer: IssuerText, _ child: IssuerText) {
        let (parent, own) = (issuer.certificate, child.certificate)
        subject = own.issuer == parent.subject
        signature = own.isSigned(by: parent)
        let wanted = own.authorityKeyIdentifier
        keyID = wanted != nil && wanted == parent.subjectKeyIdentifier
        path = child.chain.contains { $0.der == parent.der }
        trust = subject && signature && parent.authority.isAuthority
    }

    var rows: [(name: String, isMatch: Bool)] {
        [
            ("key_id_match", keyID), ("path_match", path), ("signature_match", signature),
            ("subject_match", subject), ("trust_match", trust),
        ]
    }
}

/// An issuer as a server describes it.
struct IssuerText {
    let certificate: Certificate
    let chain: [Certificate]
}

extension Invocation {
    /// Reads an issuer by its path, such as `pki/issuer/default`.
    func issuer(_ path: String, _ client: APIClient) async throws -> IssuerText {
        let answer = try await during("Error reading \(path)") {
            try await client.send(.get(path))
        }
        guard
            let own = Self.certificate(answer?.data?["certificate"]?.stringValue)
        else { throw CommandError.server("\(path) answered no certificate.") }
        let chain = (answer?.data?["ca_chain"]?.arrayValue ?? []).compactMap {
            Self.certificate($0.stringValue)
        }
        return IssuerText(certificate: own, chain: chain)
    }

    private static func certificate(_ text: String?) -> Certificate? {
        guard let text, let block = PEM.decode(text)?.first else { return nil }
        return try? Certificate(der: block.der)
    }
}
