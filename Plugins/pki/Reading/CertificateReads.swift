// `cert/:serial` and `certs`: the certificates that were issued.

import Certificates
import Cryptography
import JSON
import Paths
import PluginSDK

func certificateReadPaths(_ mount: PKIMount) -> [Path] {
    [
        Path(
            "cert/:serial", .read, fields: serialFields, reads: [StorageKey.mark],
            help: "A certificate by its serial number; ca, ca_chain, crl and delta-crl are others."
        ) { request in
            try read(request, mount, .json)
        },
        Path(
            "cert/:serial/raw", .read, fields: serialFields, reads: [StorageKey.mark],
            help: "The same in DER."
        ) { request in
            try read(request, mount, .der)
        },
        Path(
            "cert/:serial/raw/pem", .read, fields: serialFields, reads: [StorageKey.mark],
            help: "The same in PEM."
        ) { request in
            try read(request, mount, .pem)
        },
        Path("certs/?", .list, fields: NameListing.fields, help: "List the certificates.") {
            request in
            try NameListing.outcome(request, prefix: StorageKey.certificatePrefix)
        },
        Path(
            "certs/detailed/?", .list, fields: NameListing.fields,
            help: "List the certificates, and what they are for."
        ) { request in
            let fields = try request.fields()
            let wanted = fields.integer("limit").flatMap { $0 > 0 ? $0 : nil }
            let after = fields.string("after").flatMap { $0.isEmpty ? nil : $0 }
            return .list(
                prefix: StorageKey.certificatePrefix, after: after,
                limit: min(wanted ?? Limits.maxDetailedNames, Limits.maxDetailedNames)
            ) { page in
                let names = page.names
                guard !page.more || names.count == wanted else {
                    throw PluginError(
                        .invalidRequest,
                        "more certificates than one answer describes "
                            + "(\(Limits.maxDetailedNames)): list them in parts with \"limit\" "
                            + "and \"after\"")
                }
                return .read(names.map(StorageKey.certificate)) { entries in
                    .work { .answer(try detailed(names, entries)) }
                }
            }
        },
    ]
}

private let serialFields: [Field] = [.string("serial", "The serial number, with colons.")]

private enum ReadForm: Sendable {
    case json, der, pem

    func answer(_ der: [UInt8], _ label: String, _ type: String) -> Answer {
        switch self {
        case .json: .data(["certificate": .string(PEM.encode(label, der))])
        case .der: .raw(type, der)
        case .pem: .raw(ContentType.pemChain, Array(PEM.encode(label, der).utf8))
        }
    }
}

private func read(
    _ request: Request, _ mount: PKIMount, _ form: ReadForm
) throws -> Outcome {
    let text = request.captures["serial"] ?? ""
    switch text {
    case "ca":
        return mount.withAuthority { loaded in
            let issuer = try loaded.authority.issuer("default")
            return .answer(
                form.answer(issuer.certificate.der, "CERTIFICATE", ContentType.certificate)
                    .changed(loaded.authority.changed, for: request))
        }
    case "ca_chain":
        return mount.withDefaultIssuer(request) { issuer, authority in
            // Several certificates are PEM also where one would be DER.
            guard form == .json else {
                return .raw(ContentType.pemChain, Array(authority.chainText(issuer).utf8))
            }
            let texts = authority.chain(of: issuer).map {
                PEM.text("CERTIFICATE", $0.certificate.der)
            }
            return .data([
                "ca_chain": .string(texts.joined(separator: "\n")),
                "certificate": .string(texts.joined(separator: "\n")),
            ])
        }
    case "crl", "delta-crl":
        return mount.withList(of: "default", isDelta: text == "delta-crl", request) { der in
            form.answer(der, "X509 CRL", ContentType.list)
        }
    default: break
    }
    guard let serial = SerialNumber.normal(text) else {
        throw PluginError(.invalidRequest, "the serial number must be hexadecimal, with colons")
    }
    let keys = [StorageKey.certificate(serial), StorageKey.revoked(serial)]
    return .read(keys) { entries in
        guard let record = entries[keys[0]] else { return .answer(.none) }
        let der = try CertificateRecord.parts(record).der
        guard form == .json else {
            return .answer(form.answer(der, "CERTIFICATE", ContentType.certificate))
        }
        let json: JSONValue = [
            "certificate": .string(PEM.encode("CERTIFICATE", der)), "revocation_time": 0,
            "revocation_time_rfc3339": "",
        ]
        guard let record = entries[keys[1]] else { return .answer(.data(json)) }
        let revoked = try RevokedRecord(record: record)
        return mount.withAuthority { loaded in
            var json = json
            json["revocation_time"] = .int(revoked.revoked.seconds)
            json["revocation_time_rfc3339"] = .string(revoked.revoked.rfc3339)
            // Issuers of one name and key are one signer; none of them may be left.
            if let issuer = loaded.authority.issuers.first(where: { $0.signer == revoked.signer }) {
                json["issuer_id"] = .string(issuer.id)
            }
            return .answer(.data(json))
        }
    }
}

private func detailed(_ names: [String], _ entries: Entries) throws -> Answer {
    if names.isEmpty { return .none }
    var info = JSONObject()
    for name in names {
        guard let record = entries[StorageKey.certificate(name)] else { continue }
        let certificate = try CertificateRecord.read(record)
        let hosts = certificate.alternativeNames.compactMap { name -> String? in
            if case .dns(let host) = name { host } else { nil }
        }
        let key = certificate.keyDescription
        info[name] = [
            "common_name": .string(certificate.subjectName?.commonName ?? ""),
            "issuer": .string(certificate.issuerName?.commonName ?? ""),
            "key_type": .string(key?.type ?? ""), "key_bits": .int(key?.bits ?? 0),
            "not_before": .string(certificate.notBefore.rfc3339),
            "not_after": .string(certificate.notAfter.rfc3339),
            "dns_names": .strings(hosts.prefix(5)),
        ]
    }
    return .data(["keys": .strings(names), "key_info": .object(info)])
}
