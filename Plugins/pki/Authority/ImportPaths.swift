// Certificates and keys that were made elsewhere.

import Certificates
import Cryptography
import JSON
import Paths
import PluginSDK

func importPaths(_ mount: PKIMount) -> [Path] {
    let patterns: [(pattern: String, field: String, form: BundleForm)] = [
        ("issuers/import/bundle", "pem_bundle", .any),
        ("issuers/import/cert", "pem_bundle", .certificates),
        ("config/ca", "pem_bundle", .any),
        ("intermediate/set-signed", "certificate", .signed),
    ]
    return patterns.map { pattern, field, form in
        Path(
            pattern, .update,
            fields: [.string(field, required: true, "Certificates and keys in PEM.")],
            reads: [StorageKey.mark], help: "Take certificates of authorities, and their keys."
        ) { request in
            let text = try request.fields().string(field)
            return mount.change { authority, _ in
                let bundle = try PEMInput.bundle(text)
                try form.check(bundle)
                var changes = ImportChanges()
                for key in bundle.keys { try changes.take(key, &authority) }
                for certificate in bundle.certificates {
                    try changes.take(certificate, &authority)
                }
                changes.connect(&authority)
                try form.check(changes, authority)
                let warnings = changes.follow(&authority)
                return changes.answer(authority, warnings)
            }
        }
    }
}

private enum BundleForm: Sendable {
    case any
    case certificates
    /// Certificates, one of which is for a key that is here.
    case signed

    func check(
        _ bundle: (certificates: [Certificate], keys: [PrivateKey])
    ) throws(PluginError) {
        switch self {
        case .any: break
        case .certificates, .signed:
            guard bundle.keys.isEmpty else {
                throw PluginError(
                    .invalidRequest,
                    "private keys found in the PEM bundle but not allowed by the path; use "
                        + "/issuers/import/bundle")
            }
        }
        if bundle.certificates.isEmpty, bundle.keys.isEmpty || self != .any {
            throw PluginError(.invalidRequest, "no certificates found in the PEM bundle")
        }
    }

    func check(_ changes: ImportChanges, _ authority: Authority) throws(PluginError) {
        guard self == .signed else { return }
        let ids = changes.newIssuers + changes.knownIssuers
        guard authority.issuers.contains(where: { ids.contains($0.id) && !$0.keyID.isEmpty })
        else {
            throw PluginError(
                .invalidRequest,
                "none of the certificates is for a key of this mount; to take an authority "
                    + "without its key use /issuers/import/cert")
        }
    }
}

/// What an import has brought.
private struct ImportChanges {
    var newIssuers: [String] = []
    var knownIssuers: [String] = []
    var newKeys: [String] = []
    var knownKeys: [String] = []

    mutating func take(_ key: PrivateKey, _ authority: inout Authority) throws(PluginError) {
        if let known = authority.keys.first(where: { $0.key.isSame(as: key) }) {
            if !newKeys.contains(known.id) { knownKeys.append(known.id) }
            return
        }
        let id = UUID128().text
        try authority.add(SigningKey(id: id, key: key))
        newKeys.append(id)
    }

    mutating func take(
        _ certificate: Certificate, _ authority: inout Authority
    ) throws(PluginError) {
        guard certificate.authority.isAuthority else {
            throw PluginError(
                .invalidRequest,
                "the given certificate is not marked for CA use and cannot be used with this "
                    + "backend")
        }
        do throws(CertificateError) { _ = try certificate.publicKey() } catch {
            throw PluginError(error)
        }
        if let known = authority.issuers.first(where: { $0.certificate.der == certificate.der }) {
            if !newIssuers.contains(known.id) { knownIssuers.append(known.id) }
            return
        }
        var issuer = Issuer(id: UUID128().text, certificate: certificate)
        issuer.keyID = authority.keys.first { certificate.hasKey(of: $0.key) }?.id ?? ""
        // Who may sign no lists is not asked to.
        issuer.usage = issuer.usualUsage
        let before = authority.defaultIssuer
        try authority.add(issuer)
        // One that can sign is the better first.
        let isOpen = newIssuers.contains(before) || !authority.followsLatestIssuer
        let isKeyless = authority.issuers.first { $0.id == before }?.keyID == ""
        if before.isEmpty || (isOpen && isKeyless), !issuer.keyID.isEmpty {
            authority.defaultIssuer = issuer.id
        }
        newIssuers.append(issuer.id)
    }

    /// Issuers that were here before their key.
    func connect(_ authority: inout Authority) {
        for index in authority.issuers.indices where authority.issuers[index].keyID.isEmpty {
            let certificate = authority.issuers[index].certificate
            guard let key = authority.keys.first(where: { certificate.hasKey(of: $0.key) }) else {
                continue
            }
            authority.issuers[index].keyID = key.id
        }
    }

    /// With `default_follows_latest_issuer` the new issuer becomes the default if it is clear which
    /// one is meant.
    func follow(_ authority: inout Authority) -> [String] {
        guard authority.followsLatestIssuer, !newIssuers.isEmpty else { return [] }
        let keyed = authority.issuers.filter { newIssuers.contains($0.id) && !$0.keyID.isEmpty }
        if keyed.count == 1, let only = keyed.first {
            authority.defaultIssuer = only.id
            return []
        }
        return [
            "Default issuer left unchanged: could not select new issuer automatically as "
                + (keyed.isEmpty ? "no imported issuers" : "multiple imported issuers")
                + " had key material."
        ]
    }

    func answer(_ authority: Authority, _ warnings: [String]) -> Answer {
        var mapping = JSONObject()
        for issuer in authority.issuers
        where newIssuers.contains(issuer.id) || knownIssuers.contains(issuer.id) {
            mapping[issuer.id] = .string(issuer.keyID)
        }
        return .data(
            [
                "imported_issuers": .strings(newIssuers), "imported_keys": .strings(newKeys),
                "existing_issuers": .strings(knownIssuers), "existing_keys": .strings(knownKeys),
                "mapping": .object(mapping),
            ], warnings: warnings + keylessDefault(authority))
    }

    private func keylessDefault(_ authority: Authority) -> [String] {
        guard let issuer = authority.issuers.first(where: { $0.id == authority.defaultIssuer }),
            issuer.keyID.isEmpty, newIssuers.contains(issuer.id)
        else { return [] }
        return [
            "The issuer \(issuer.id) is now the default and has no key here: what does not name "
                + "another issuer cannot sign. Import its key, or set another default by "
                + "config/issuers."
        ]
    }
}
