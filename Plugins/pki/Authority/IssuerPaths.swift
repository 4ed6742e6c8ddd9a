// `issuer/:issuer_ref`: an issuer's settings, and its end.

import Certificates
import Cryptography
import JSON
import Paths
import PluginSDK

func issuerPath(_ mount: PKIMount) -> Path {
    Path(
        "issuer/:issuer_ref",
        [
            .read: { request in
                mount.withAuthority { loaded in
                    let authority = loaded.authority
                    let issuer = try authority.issuer(request.captures["issuer_ref"] ?? "")
                    return .answer(.data(issuer.json(authority)))
                }
            },
            .update: { try changeIssuer($0, mount, all: true) },
            .patch: { try changeIssuer($0, mount, all: false) },
            .delete: { request in
                mount.change { authority, _ in
                    // What is not there is as good as deleted.
                    guard
                        let issuer = try? authority.issuer(request.captures["issuer_ref"] ?? "")
                    else { return .none }
                    return delete(issuer, &authority)
                }
            },
        ],
        fields: [
            issuerField,
            .string("issuer_name", default: "", "Its name."),
            .string(
                "leaf_not_after_behavior", default: "err",
                "err, truncate or permit certificates that would outlive it."),
            .stringList("manual_chain", default: [], "Issuers of the chain, this one first."),
            .stringList(
                "usage",
                default: ["read-only", "issuing-certificates", "crl-signing", "ocsp-signing"],
                "read-only, issuing-certificates, crl-signing, ocsp-signing."),
            .string(
                "revocation_signature_algorithm", default: "",
                "Of its lists: SHA256WithRSA, SHA384WithRSAPSS and so on; empty for the usual."),
        ] + AccessURLs.fields,
        reads: [StorageKey.mark],
        help: "An issuer's settings.")
}

private func delete(_ issuer: Issuer, _ authority: inout Authority) -> Answer {
    authority.issuers.removeAll { $0.id == issuer.id }
    for index in authority.issuers.indices {
        authority.issuers[index].manualChain.removeAll { $0 == issuer.id }
    }
    guard authority.defaultIssuer == issuer.id else { return .none }
    authority.defaultIssuer = ""
    return Answer(
        status: 200,
        warnings: [
            "Deleted issuer \(issuer.id) (via issuer_ref); this was configured as the default "
                + "issuer. Operations without an explicit issuer will not work until a new default "
                + "is configured."
        ])
}

private func changeIssuer(_ request: Request, _ mount: PKIMount, all: Bool) throws -> Outcome {
    let fields = try request.fields()
    return mount.change { authority, _ in
        var issuer = try authority.issuer(request.captures["issuer_ref"] ?? "")
        guard let index = authority.index(of: issuer) else { return .none }
        func isMeant(_ name: String) -> Bool { all || fields.isPresent(name) }
        if isMeant("issuer_name") {
            let name = fields.string("issuer_name") ?? ""
            try authority.requireFreeIssuerName(name, except: issuer.id)
            issuer.name = name
        }
        if isMeant("leaf_not_after_behavior") {
            guard
                let behavior = Issuer.NotAfterBehavior(
                    rawValue: fields.string("leaf_not_after_behavior") ?? "")
            else {
                throw PluginError(
                    .invalidRequest,
                    "unknown value for field `leaf_not_after_behavior`. Possible values are "
                        + "`err`, `truncate`, and `permit`.")
            }
            issuer.notAfterBehavior = behavior
        }
        if isMeant("manual_chain") {
            issuer.manualChain = try manualChain(
                fields.stringList("manual_chain") ?? [], issuer, authority)
        }
        if fields.isPresent("usage") {
            let usage = try Issuer.usages(fields.stringList("usage") ?? [])
            try issuer.requirePossible(usage)
            issuer.usage = usage
        } else if all {
            issuer.usage = issuer.usualUsage
        }
        if isMeant("revocation_signature_algorithm") {
            let name = fields.string("revocation_signature_algorithm") ?? ""
            _ = try revocationSignature(name)
            issuer.revocationSignatureAlgorithm = name
        }
        try issuer.urls.change(fields, all: all)
        authority.issuers[index] = issuer
        return .data(issuer.json(authority))
    }
}

private func manualChain(
    _ references: [String], _ issuer: Issuer, _ authority: Authority
) throws(PluginError) -> [String] {
    var ids: [String] = []
    for reference in references where !reference.isEmpty {
        let id = reference == "self" ? issuer.id : try authority.issuer(reference).id
        guard !ids.contains(id) else {
            throw PluginError(.invalidRequest, "an issuer is in manual_chain twice")
        }
        ids.append(id)
    }
    guard ids.count <= Limits.maxChainCertificates else {
        throw PluginError(
            .invalidRequest, "a chain has at most \(Limits.maxChainCertificates) certificates")
    }
    if let first = ids.first, first != issuer.id {
        throw PluginError(
            .invalidRequest,
            "expected first entry in manual_chain to be a self-reference: the issuer itself")
    }
    return ids
}

extension Issuer {
    func json(_ authority: Authority) -> JSONValue {
        let chain = authority.chain(of: self).map { PEM.text("CERTIFICATE", $0.certificate.der) }
        var json: JSONValue = [
            "issuer_id": .string(id), "issuer_name": .string(name), "key_id": .string(keyID),
            "certificate": .string(PEM.text("CERTIFICATE", certificate.der)),
            "manual_chain": manualChain.isEmpty ? .null : .strings(manualChain),
            "ca_chain": .strings(chain),
            "leaf_not_after_behavior": .string(notAfterBehavior.rawValue),
            "usage": .string(usageText),
            "revocation_signature_algorithm": .string(revocationSignatureAlgorithm),
            "revoked": .bool(revoked != nil),
            "issuing_certificates": .strings(urls.issuers),
            "crl_distribution_points": .strings(urls.lists),
            "delta_crl_distribution_points": .strings(urls.deltaLists),
            "ocsp_servers": .strings(urls.ocsp),
            "enable_aia_url_templating": .bool(urls.areTemplates),
        ]
        if let revoked {
            json["revocation_time"] = .int(revoked.seconds)
            json["revocation_time_rfc3339"] = .string(revoked.rfc3339)
        }
        return json
    }
}
