// A root: a certificate that is signed by its own key.

import Certificates
import Cryptography
import JSON
import Paths
import PluginSDK

func generateRootPaths(_ mount: PKIMount) -> [Path] {
    let patterns: [(pattern: String, name: String, isNext: Bool)] = [
        ("root/generate/:exported", "", false), ("issuers/generate/root/:exported", "", false),
        // The name that `root/replace` looks for.
        ("root/rotate/:exported", "next", true),
    ]
    return patterns.map { pattern, name, isNext in
        Path(
            pattern, .update, fields: keyFields + issuerNameFields + AuthorityRequest.fields,
            reads: [StorageKey.mark],
            help: "Make a key, or take one, and a certificate that it signs for itself."
        ) { request in
            let fields = try request.fields()
            let asked = try AuthorityRequest(fields)
            try asked.requireCommonName()
            let choice = try KeyChoice(request, fields)
            let given = fields.string("issuer_name") ?? ""
            return mount.withAuthority { loaded in
                let issuerName = given.isEmpty ? freeName(name, loaded.authority) : given
                try loaded.authority.requireFreeIssuerName(issuerName)
                return try choice.withKey(loaded.authority) { key in
                    try generateRoot(
                        asked, choice, key, issuerName, loaded.authority, mount, request)
                }
            }
        }
    }
}

let issuerNameFields: [Field] = [.string("issuer_name", default: "", "A name for the issuer.")]

private func freeName(_ name: String, _ authority: Authority) -> String {
    authority.issuers.contains { $0.name == name } ? "" : name
}

private func generateRoot(
    _ asked: AuthorityRequest, _ choice: KeyChoice, _ key: SigningKey, _ name: String,
    _ before: Authority, _ mount: PKIMount, _ request: Request
) throws -> Outcome {
    var authority = before
    let id = UUID128().text
    let now = CertificateTime(request.now)
    let (end, warnings) = rootEnd(asked, mount, now)
    guard end > now else { throw PluginError(.invalidRequest, "the certificate is over already") }
    let subject = try asked.subjectName()
    let serial = CertificateTemplate.randomSerial()
    var template = CertificateTemplate(
        serial: serial, issuer: subject, subject: subject,
        notBefore: asked.issue.notBefore ?? now.adding(seconds: -Int64(asked.notBeforeSeconds)),
        notAfter: end, publicKey: key.key.publicPart)
    template.extensions = [
        .basicConstraints(isAuthority: true, pathLength: asked.limits.pathLength),
        .keyUsage(asked.keyUsage.union([.certSign, .crlSign])),
    ]
    if !asked.extendedKeyUsage.isEmpty {
        template.extensions.append(.extendedKeyUsage(asked.extendedKeyUsage))
    }
    if !asked.alternativeNames.isEmpty {
        template.extensions.append(.subjectAltName(asked.alternativeNames, critical: false))
    }
    if !asked.limits.constraints.isEmpty {
        template.extensions.append(asked.limits.constraints.asExtension)
    }
    template.extensions += AccessStage.extensions(
        try authority.urls.expanded(issuerID: id, authority))
    let certificate: Certificate
    do throws(CertificateError) {
        certificate = try Certificate(der: try template.sign(with: key.key, asked.signature))
    } catch { throw PluginError(error) }

    var issuer = Issuer(id: id, certificate: certificate)
    issuer.name = name
    issuer.keyID = key.id
    if choice.isNew { try authority.add(key) }
    try authority.add(issuer)
    if authority.followsLatestIssuer { authority.defaultIssuer = id }
    var batch = WriteBatch()
    try PKIMount.save(authority, to: &batch)
    batch.put(
        StorageKey.certificate(issuer.serial),
        CertificateRecord.bytes(certificate.der, expires: end))

    var writer = JSONWriter(reservingCapacity: 8_192)
    writer.beginObject()
    let context = try IssuerContext(issuer, authority)
    try asked.issue.form.write(
        certificate.der, context, key: choice.source.isExported ? key.key : nil, to: &writer)
    writer.member("serial_number", issuer.serial)
    writer.member("expiration", Int(end.seconds))
    writer.member("issuer_id", id)
    writer.member("issuer_name", name)
    writer.member("key_id", key.id)
    writer.member("key_name", key.name)
    writer.endObject()
    return .answer(Answer(data: writer.bytes, warnings: warnings), writing: batch)
}

/// The end of a root's validity: what was asked for, up to what the mount allows.
private func rootEnd(
    _ asked: AuthorityRequest, _ mount: PKIMount, _ now: CertificateTime
) -> (CertificateTime, [String]) {
    if let end = asked.issue.notAfter { return (end, []) }
    let wanted = asked.issue.ttlSeconds ?? mount.defaultTTLSeconds
    let ttl = min(wanted, mount.maxTTLSeconds)
    let warnings =
        wanted <= ttl
        ? []
        : [
            "TTL \"\(DurationText.text(seconds: wanted))\" is longer than permitted maxTTL "
                + "\"\(DurationText.text(seconds: ttl))\", so maxTTL is being used"
        ]
    return (now.adding(seconds: Int64(ttl)), warnings)
}
