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
            try read(request, mount, as: { try json($0, $1, $2) })
        },
        Path(
            "cert/:serial/raw", .read, fields: serialFields, reads: [StorageKey.mark],
            help: "The same in DER."
        ) { request in
            try read(request, mount) { .raw($2, $0) }
        },
        Path(
            "cert/:serial/raw/pem", .read, fields: serialFields, reads: [StorageKey.mark],
            help: "The same in PEM."
        ) { request in
            try read(request, mount) { der, label, _ in
                .raw(ContentType.pemChain, Array(PEM.encode(label, der).utf8))
            }
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

/// Finds what is meant and answers it by its bytes, its label in PEM and its content type.
private func read(
    _ request: Request, _ mount: PKIMount,
    as answer: @escaping @Sendable ([UInt8], String, String) throws -> Answer
) throws -> Outcome {
    let text = request.captures["serial"] ?? ""
    switch text {
    case "ca":
        return mount.withAuthority { loaded in
            let issuer = try loaded.authority.issuer("default")
            return .answer(
                try answer(issuer.certificate.der, "CERTIFICATE", ContentType.certificate))
        }
    case "ca_chain":
        return mount.withDefaultIssuer { issuer, authority in
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
            try answer(der, "X509 CRL", ContentType.list)
        }
    default: break
    }
    guard let serial = SerialNumber.normal(text) else {
        throw PluginError(.invalidRequest, "the serial number must be hexadecimal, with colons")
    }
    let keys = [StorageKey.certificate(serial), StorageKey.revoked(serial)]
    return .read(keys) { entries in
        guard let record = entries[keys[0]] else { return .answer(.none) }
        var found = try answer(
            try CertificateRecord.parts(record).der, "CERTIFICATE", ContentType.certificate)
        if found.raw == nil {
            let revoked = try entries[keys[1]].map(RevokedRecord.init(record:))
            var json = try JSONValue(parsing: found.data)
            json["revocation_time"] = .int(revoked?.revoked.seconds ?? 0)
            json["revocation_time_rfc3339"] = .string(revoked?.revoked.rfc3339 ?? "")
            found.data = json.encoded()
        }
        return .answer(found)
    }
}

private func json(_ der: [UInt8], _ label: String, _ type: String) throws -> Answer {
    .data(["certificate": .string(PEM.encode(label, der))])
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
