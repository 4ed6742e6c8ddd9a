// `issuer/:issuer_ref/resign-crls` and `sign-revocation-list`: lists whose content comes from
// elsewhere.

import Certificates
import Cryptography
import JSON
import Paths
import PluginSDK

func resignPaths(_ mount: PKIMount) -> [Path] {
    [
        Path(
            "issuer/:issuer_ref/resign-crls", .update,
            fields: ListForm.fields + [
                .stringList("crls", required: true, "Lists in PEM that the issuer has signed.")
            ],
            reads: [StorageKey.mark], help: "Put several lists of one issuer together."
        ) { request in
            let fields = try request.fields()
            return try signList(request, fields, mount) { issuer in
                (try merged(fields.stringList("crls") ?? [], issuer), [])
            }
        },
        Path(
            "issuer/:issuer_ref/sign-revocation-list", .update,
            fields: ListForm.fields + [
                .any(
                    "revoked_certs", default: [],
                    "Objects with serial_number, revocation_time and extensions."),
                .any("extensions", default: [], "Objects with id, critical and value."),
            ],
            reads: [StorageKey.mark], help: "Sign a list of what others have revoked."
        ) { request in
            let fields = try request.fields()
            return try signList(request, fields, mount) { _ in
                (
                    try entries(fields.value("revoked_certs")),
                    try extensions(fields.value("extensions"))
                )
            }
        },
    ]
}

/// What both say about the list itself.
private struct ListForm: Sendable {
    let number: UInt64
    let base: UInt64?
    let lifetimeSeconds: Int
    let isDER: Bool

    static let fields: [Field] = [
        issuerField,
        .integer("crl_number", required: true, "The number of the list."),
        .integer("delta_crl_base_number", default: -1, "The list that it is a delta of."),
        .duration("next_update", default: "72h", "How long the list is valid."),
        .string("format", default: "pem", "pem or der."),
    ]

    init(_ fields: FieldValues) throws(PluginError) {
        guard let number = UInt64(exactly: fields.integer("crl_number") ?? -1) else {
            throw PluginError(.invalidRequest, "crl_number parameter must be 0 or greater")
        }
        self.number = number
        let base = fields.integer("delta_crl_base_number") ?? -1
        guard base >= -1, UInt64(max(base, 0)) <= number else {
            throw PluginError(
                .invalidRequest,
                "delta_crl_base_number parameter must be -1 or greater, and not above crl_number")
        }
        self.base = UInt64(exactly: base)
        lifetimeSeconds = fields.duration("next_update") ?? 0
        guard lifetimeSeconds > 0 else {
            throw PluginError(.invalidRequest, "invalid next_update: it must be greater than 0")
        }
        switch fields.string("format") {
        case "pem": isDER = false
        case "der": isDER = true
        default:
            throw PluginError(.invalidRequest, "unknown format: there are pem and der")
        }
    }
}

private func signList(
    _ request: Request, _ fields: FieldValues, _ mount: PKIMount,
    content: @escaping @Sendable (Issuer) throws -> ([RevocationList.Entry], [CertificateExtension])
) throws -> Outcome {
    let form = try ListForm(fields)
    return mount.withAuthority { loaded in
        let authority = loaded.authority
        let issuer = try authority.issuer(request.captures["issuer_ref"] ?? "")
        let now = CertificateTime(request.now)
        let maker = try ListMaker(issuer, authority, mount, now)
        return .work {
            let (entries, extensions) = try content(issuer)
            var list = maker.list(
                number: form.number, base: form.base,
                until: now.adding(seconds: Int64(form.lifetimeSeconds)), entries)
            list.extensions = extensions
            let der = try maker.sign(list)
            let text = form.isDER ? Base64.encode(der) : PEM.encode("X509 CRL", der)
            return .answer(.data(["crl": .string(text)]))
        }
    }
}

/// Each serial number once, since when it was revoked first.
private func merged(
    _ texts: [String], _ issuer: Issuer
) throws(PluginError) -> [RevocationList.Entry] {
    var bySerial: [[UInt8]: RevocationList.Entry] = [:]
    for text in texts {
        guard let blocks = PEM.decode(text), let block = blocks.first, blocks.count == 1,
            block.label == "X509 CRL"
        else { throw PluginError(.invalidRequest, "failed decoding PEM of a revocation list") }
        let list: SignedRevocationList
        do throws(CertificateError) {
            list = try SignedRevocationList(der: block.der, signedBy: issuer.certificate)
        } catch { throw PluginError(error) }
        for entry in list.entries {
            if let known = bySerial[entry.serial], known.revoked <= entry.revoked { continue }
            bySerial[entry.serial] = entry
        }
    }
    return Array(bySerial.values)
}

private func entries(_ value: JSONValue?) throws(PluginError) -> [RevocationList.Entry] {
    guard let objects = value?.arrayValue else {
        throw PluginError(.invalidRequest, "revoked_certs is a list of objects")
    }
    var entries: [RevocationList.Entry] = []
    var serials: Set<[UInt8]> = []
    for object in objects {
        guard let text = object["serial_number"]?.stringValue,
            let serial = SerialNumber.normal(text).flatMap(SerialNumber.bytes)
        else { throw PluginError(.invalidRequest, "a revoked certificate has no serial_number") }
        guard serials.insert(serial).inserted else {
            throw PluginError(
                .invalidRequest, "the serial number \(SerialNumber.text(serial)) appears twice")
        }
        guard let time = time(object["revocation_time"]) else {
            throw PluginError(
                .invalidRequest,
                "revocation_time must be a number of seconds or a time such as "
                    + "2030-01-31T12:00:00Z")
        }
        entries.append(
            RevocationList.Entry(
                serial: serial, revoked: time,
                extensions: try extensions(object["extensions"] ?? [])))
    }
    return entries
}

private func time(_ value: JSONValue?) -> CertificateTime? {
    guard let value else { return nil }
    if let text = value.stringValue, let time = CertificateTime(rfc3339: text) { return time }
    guard let seconds = value.intValue ?? value.stringValue.flatMap({ Int($0) }),
        seconds >= 0, Int64(seconds) <= CertificateTime.latest.seconds
    else { return nil }
    return CertificateTime(seconds: Int64(seconds))
}

private func extensions(_ value: JSONValue?) throws(PluginError) -> [CertificateExtension] {
    let own: Set<ObjectIdentifier> = [.crlNumber, .deltaCRLIndicator, .authorityKeyIdentifier]
    var extensions: [CertificateExtension] = []
    for object in value?.arrayValue ?? [] {
        guard let oid = (object["id"]?.stringValue).flatMap({ ObjectIdentifier($0) }),
            let bytes = (object["value"]?.stringValue).flatMap({ Base64.decode($0) })
        else {
            throw PluginError(.invalidRequest, "an extension has an id and a value in base64")
        }
        guard !own.contains(oid), !extensions.contains(where: { $0.oid == oid }) else {
            throw PluginError(
                .invalidRequest, "the extension \(oid) is not allowed here, or is there twice")
        }
        extensions.append(
            CertificateExtension(
                oid, critical: object["critical"]?.boolValue ?? false, bytes))
    }
    return extensions
}
