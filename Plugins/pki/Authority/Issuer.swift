// A certificate of an authority, and how it is used.

import Certificates
import Cryptography
import PluginSDK

struct Issuer: Sendable {
    /// What an issuer may be used for.
    enum Usage: String, Sendable, CaseIterable {
        case readOnly = "read-only"
        case issuing = "issuing-certificates"
        case crlSigning = "crl-signing"
        case ocspSigning = "ocsp-signing"
    }

    /// What happens when a certificate would outlive its issuer.
    enum NotAfterBehavior: String, Sendable {
        case refuse = "err"
        case truncate
        case permit
    }

    let id: String
    var name = ""
    let certificate: Certificate
    /// Empty if the key is not here.
    var keyID = ""
    var notAfterBehavior = NotAfterBehavior.refuse
    var usage = Set(Usage.allCases)
    /// Ids of issuers, this one first; empty for what is found by names and signatures.
    var manualChain: [String] = []
    /// Instead of the mount's, where one of them is set.
    var urls = AccessURLs()
    /// Of revocation lists and status answers: the digest and the padding; empty for the default.
    var revocationSignatureAlgorithm = ""
    var revoked: CertificateTime?
    /// Who it is to those who check signatures: issuers that share name and key sign the same
    /// lists, under this name.
    let signer: String

    init(id: String, certificate: Certificate) {
        self.id = id
        self.certificate = certificate
        let key = (try? certificate.publicKey().subjectPublicKeyInfo()) ?? []
        signer = Hex.encode(Array(SHA256.hash(certificate.subject + key).prefix(16)))
    }

    var serial: String { SerialNumber.text(certificate.serial) }

    /// Whether the certificate itself allows its key to sign lists.
    var maySignLists: Bool { certificate.keyUsage.map { $0.contains(.crlSign) } ?? true }

    /// What an issuer is for where nobody says something else: all that it can be used for.
    var usualUsage: Set<Usage> {
        var usage = Set(Usage.allCases)
        if !maySignLists { usage.remove(.crlSigning) }
        if revoked != nil { usage.remove(.issuing) }
        return usage
    }

    func requirePossible(_ usage: Set<Usage>) throws(PluginError) {
        if revoked != nil, usage.contains(.issuing) {
            throw PluginError(.invalidRequest, "an issuer that was revoked cannot issue again")
        }
        if !maySignLists, usage.contains(.crlSigning) {
            throw PluginError(
                .invalidRequest,
                "This issuer's underlying certificate lacks the CRLSign KeyUsage value; unable to "
                    + "set CRLSigningUsage on this issuer as a result.")
        }
    }

    func requireUsage(_ wanted: Usage) throws(PluginError) {
        guard usage.contains(wanted) else {
            throw PluginError(
                .invalidRequest,
                "the issuer \(id) has no usage \(wanted.rawValue)"
                    + (revoked == nil ? "" : ": it was revoked"))
        }
    }

    /// In the order that the API has them.
    var usageText: String {
        [Usage.readOnly, .issuing, .crlSigning, .ocspSigning].filter(usage.contains)
            .map(\.rawValue).joined(separator: ",")
    }

    static func usages(_ names: [String]) throws(PluginError) -> Set<Usage> {
        var usages: Set<Usage> = [.readOnly]
        for name in names where !name.isEmpty {
            guard let usage = Usage(rawValue: name) else {
                throw PluginError(
                    .invalidRequest,
                    "unknown usage: an issuer's are read-only, issuing-certificates, crl-signing "
                        + "and ocsp-signing")
            }
            usages.insert(usage)
        }
        return usages
    }
}

/// Where information about an authority is to be had.
struct AccessURLs: Sendable, Equatable {
    var issuers: [String] = []
    var lists: [String] = []
    var deltaLists: [String] = []
    var ocsp: [String] = []
    var areTemplates = false

    var isEmpty: Bool { issuers.isEmpty && lists.isEmpty && deltaLists.isEmpty && ocsp.isEmpty }
}
