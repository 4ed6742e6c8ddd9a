// Who signs answers about certificates where an issuer leaves that to another key (RFC 6960,
// 4.2.2.2): it has a certificate for nothing else, which the mount makes and renews before its end.
// The key is in memory only; a process that begins makes another one.

import Certificates
import Cryptography
import PluginSDK
import Synchronization

final class Responder: Sendable {
    let certificate: Certificate
    let key: PrivateKey
    private let settings: ListSettings.Delegation
    private let renewalTime: CertificateTime

    private init(
        _ certificate: Certificate, _ key: PrivateKey, _ settings: ListSettings.Delegation,
        renewalTime: CertificateTime
    ) {
        self.certificate = certificate
        self.key = key
        self.settings = settings
        self.renewalTime = renewalTime
    }

    func isCurrent(_ settings: ListSettings.Delegation, _ now: CertificateTime) -> Bool {
        settings == self.settings && now < renewalTime
    }

    func isValid(_ now: CertificateTime) -> Bool {
        certificate.notBefore <= now && now < certificate.notAfter
    }

    static func make(
        for context: IssuerContext, _ settings: ListSettings.Delegation, _ now: CertificateTime
    ) throws -> Responder {
        let issuer = context.issuer.certificate
        let key = try PrivateKey.make(settings.keyKind)
        let longest = now.adding(seconds: Int64(settings.ttlSeconds))
        let end = min(longest, issuer.notAfter)
        var subject = DistinguishedName()
        let name = issuer.subjectName?.commonName ?? context.issuer.id
        // A common name has 64 characters at most (RFC 5280, appendix A).
        subject.append(.commonName, ["OCSP responder of " + name.prefix(40)])
        var template = CertificateTemplate(
            serial: CertificateTemplate.randomSerial(), issuer: issuer.subject,
            subject: subject.der,
            notBefore: now.adding(seconds: -Int64(Limits.notBeforeSeconds)), notAfter: end,
            publicKey: key.publicPart)
        template.authorityKeyIdentifier = context.keyIdentifier
        template.extensions = [
            .keyUsage([.digitalSignature]), .extendedKeyUsage([.ocspSigning]),
            // Who would answer about the one that answers?
            .noRevocationCheck,
        ]
        let der = try template.sign(with: context.key)
        // An issuer that ends has no better one to give.
        let renewal =
            end < longest ? end : now.adding(seconds: Int64(settings.ttlSeconds / 3 * 2))
        return Responder(try Certificate(der: der), key, settings, renewalTime: renewal)
    }
}

/// The responders of a mount's issuers, by their ids.
final class ResponderCache: Sendable {
    private struct State {
        var responders: [String: Responder] = [:]
        var makers = Makers()
    }

    private let state = Mutex(State())

    subscript(_ id: String) -> Responder? { state.withLock { $0.responders[id] } }

    func insert(_ responder: Responder, _ id: String) {
        state.withLock { state in
            if state.responders.count >= Limits.maxIssuers { state.responders = [:] }
            state.responders[id] = responder
            state.makers.end(id)
        }
    }

    /// Whether the caller is the one to make it.
    func begin(_ id: String, _ now: CertificateTime) -> Bool {
        state.withLock { $0.makers.begin(id, now) }
    }
}

extension PKIMount {
    /// Goes on with who signs the issuer's answers; nil is the issuer itself, whose signature is
    /// always good.
    func withResponder(
        of context: IssuerContext, _ settings: ListSettings, _ now: CertificateTime,
        then: @escaping @Sendable (Responder?) -> Outcome
    ) -> Outcome {
        let id = context.issuer.id
        guard let delegation = settings.delegation, context.maySignCertificates else {
            return then(nil)
        }
        if let found = responders[id], found.isCurrent(delegation, now) { return then(found) }
        guard responders.begin(id, now) else {
            return then(responders[id].flatMap { $0.isValid(now) ? $0 : nil })
        }
        let make: @Sendable () -> Outcome = { [self] in
            guard let made = try? Responder.make(for: context, delegation, now) else {
                Log.error("no OCSP responder could be certified", ["issuer": id])
                return then(nil)
            }
            // What an authority has signed can be looked up.
            var batch = WriteBatch()
            batch.put(
                StorageKey.certificate(SerialNumber.text(made.certificate.serial)),
                CertificateRecord.bytes(
                    made.certificate.der, expires: made.certificate.notAfter))
            return .commit(batch) { [self] in
                responders.insert(made, id)
                return then(made)
            }
        }
        let isSlow = context.key.kind.isSlow || delegation.keyKind.isSlow
        return isSlow ? .work(make) : make()
    }
}

extension IssuerContext {
    fileprivate var maySignCertificates: Bool {
        issuer.certificate.keyUsage.map { $0.contains(.certSign) } ?? true
    }
}
