// A key and a request for a certificate that another authority is to sign.

import Certificates
import Cryptography
import JSON
import Paths
import PluginSDK

func generateIntermediatePaths(_ mount: PKIMount) -> [Path] {
    let patterns: [(pattern: String, source: KeySource?)] = [
        ("intermediate/generate/:exported", nil),
        ("issuers/generate/intermediate/:exported", nil),
        // A second certificate for a key that is here, from another authority.
        ("intermediate/cross-sign", .existing),
    ]
    return patterns.map { pattern, source in
        Path(
            pattern, .update,
            fields: keyFields + AuthorityRequest.fields + [
                .boolean(
                    "add_basic_constraints", default: false,
                    "Whether the request says that it is for an authority.")
            ],
            reads: [StorageKey.mark],
            help: "Make a request for the certificate of an authority below another."
        ) { request in
            let fields = try request.fields()
            let asked = try AuthorityRequest(fields)
            try asked.requireCommonName()
            let choice = try KeyChoice(request, fields, source: source)
            let says = fields.boolean("add_basic_constraints") ?? false
            return mount.withAuthority { loaded in
                try choice.withKey(loaded.authority) { key in
                    let csr = try signingRequest(asked, key.key, addsConstraints: says)
                    var authority = loaded.authority
                    var batch = WriteBatch()
                    if choice.isNew {
                        try authority.add(key)
                        try PKIMount.save(authority, to: &batch)
                    }
                    return .answer(try answer(csr, asked, choice, key), writing: batch)
                }
            }
        }
    }
}

private func signingRequest(
    _ asked: AuthorityRequest, _ key: PrivateKey, addsConstraints: Bool
) throws(PluginError) -> [UInt8] {
    var extensions: [CertificateExtension] = []
    if !asked.alternativeNames.isEmpty {
        extensions.append(.subjectAltName(asked.alternativeNames, critical: false))
    }
    if addsConstraints {
        extensions.append(.basicConstraints(isAuthority: true, pathLength: nil))
    }
    if !asked.keyUsage.isEmpty { extensions.append(.keyUsage(asked.keyUsage)) }
    let subject = try asked.subjectName()
    do throws(CertificateError) {
        return try SigningRequest.sign(
            subject: subject, extensions: extensions, with: key, asked.signature)
    } catch { throw PluginError(error) }
}

private func answer(
    _ csr: [UInt8], _ asked: AuthorityRequest, _ choice: KeyChoice, _ key: SigningKey
) throws(PluginError) -> Answer {
    var writer = JSONWriter(reservingCapacity: 4_096)
    let form = asked.issue.form
    writer.beginObject()
    let text = form.request(csr)
    let keyText =
        choice.source.isExported ? try form.privateKey(key.key) : nil
    if form.format == .bundle, let keyText {
        writer.member("csr", keyText + "\n" + text)
    } else {
        writer.member("csr", text)
    }
    writer.member("key_id", key.id)
    if let keyText {
        writer.member("private_key", keyText)
        writer.member("private_key_type", key.type)
    }
    writer.endObject()
    return Answer(data: writer.bytes)
}
