// All that a mount signs with: issuers, keys and settings. It is a value; a change makes another.

import Certificates
import Cryptography
import PluginSDK

struct Authority: Sendable {
    /// In the order in which they came.
    var issuers: [Issuer] = []
    var keys: [SigningKey] = []
    /// Ids, or empty.
    var defaultIssuer = ""
    var defaultKey = ""
    var followsLatestIssuer = false
    var urls = AccessURLs()
    var clusterPath = ""
    var clusterAIAPath = ""
    var lists = ListSettings()
    /// When all this was changed last; 0 if it never was.
    var changed = CertificateTime(seconds: 0)

    // MARK: References

    /// By id, by name, or `default`.
    func issuer(_ reference: String) throws(PluginError) -> Issuer {
        let wanted = reference == "default" ? defaultIssuer : reference
        if reference == "default", wanted.isEmpty {
            throw PluginError(
                .invalidRequest, "no default issuer currently configured: generate or import one")
        }
        guard let issuer = issuers.first(where: { $0.id == wanted || $0.name == wanted }),
            !wanted.isEmpty
        else {
            throw PluginError(
                .invalidRequest, "unable to find PKI issuer for reference: \(wanted.prefix(128))")
        }
        return issuer
    }

    func key(_ reference: String) throws(PluginError) -> SigningKey {
        let wanted = reference == "default" ? defaultKey : reference
        guard let key = keys.first(where: { $0.id == wanted || $0.name == wanted }),
            !wanted.isEmpty
        else {
            throw PluginError(
                .invalidRequest, "unable to find PKI key for reference: \(wanted.prefix(128))")
        }
        return key
    }

    func index(of issuer: Issuer) -> Int? { issuers.firstIndex { $0.id == issuer.id } }

    /// The key that an issuer signs with.
    func signingKey(of issuer: Issuer) throws(PluginError) -> PrivateKey {
        guard let key = keys.first(where: { $0.id == issuer.keyID }), !issuer.keyID.isEmpty else {
            throw PluginError(
                .invalidRequest, "the issuer \(issuer.id) has no key here, so it cannot sign")
        }
        return key.key
    }

    // MARK: Names

    /// Names are unique, and none is `default` or looks like the id of another.
    func requireFreeIssuerName(_ name: String, except id: String = "") throws(PluginError) {
        guard !name.isEmpty else { return }
        guard isReferenceName(name) else { throw PluginError.badReferenceName("issuer") }
        if issuers.contains(where: { $0.id != id && ($0.name == name || $0.id == name) }) {
            throw PluginError(.invalidRequest, "issuer name already in use")
        }
    }

    func requireFreeKeyName(_ name: String, except id: String = "") throws(PluginError) {
        guard !name.isEmpty else { return }
        guard isReferenceName(name) else { throw PluginError.badReferenceName("key") }
        if keys.contains(where: { $0.id != id && ($0.name == name || $0.id == name) }) {
            throw PluginError(.invalidRequest, "key name already in use")
        }
    }

    // MARK: Changes

    mutating func add(_ key: SigningKey) throws(PluginError) {
        guard keys.count < Limits.maxKeys else {
            throw PluginError(.invalidRequest, "the mount has \(Limits.maxKeys) keys already")
        }
        keys.append(key)
        if defaultKey.isEmpty { defaultKey = key.id }
    }

    mutating func add(_ issuer: Issuer) throws(PluginError) {
        guard issuers.count < Limits.maxIssuers else {
            throw PluginError(.invalidRequest, "the mount has \(Limits.maxIssuers) issuers already")
        }
        issuers.append(issuer)
        if defaultIssuer.isEmpty { defaultIssuer = issuer.id }
    }

    // MARK: Chains

    /// The issuer's certificate and those above it, as far as they are here.
    func chain(of issuer: Issuer) -> [Issuer] {
        if !issuer.manualChain.isEmpty {
            return issuer.manualChain.compactMap { id in issuers.first { $0.id == id } }
        }
        var chain = [issuer]
        while let last = chain.last, chain.count < Limits.maxChainCertificates,
            !last.certificate.isSelfIssued,
            let parent = issuers.first(where: { candidate in
                !chain.contains { $0.id == candidate.id }
                    && last.certificate.isSigned(by: candidate.certificate)
            })
        {
            chain.append(parent)
        }
        return chain
    }

    /// Who signed a certificate; of several with one name and key any, as they are the same signer.
    func signer(of certificate: Certificate) -> Issuer? {
        issuers.first { certificate.isSigned(by: $0.certificate) }
    }

    /// The access URLs of certificates that the issuer signs.
    func accessURLs(for issuer: Issuer) throws(PluginError) -> AccessURLs {
        let chosen = issuer.urls.isEmpty ? urls : issuer.urls
        return try chosen.expanded(issuerID: issuer.id, self)
    }
}

func isReferenceName(_ name: String) -> Bool {
    isPlainName(name) && name.utf8.count <= Limits.maxNameBytes && name != "default"
        && UUID128(name) == nil
}

extension PluginError {
    static func badReferenceName(_ noun: String) -> PluginError {
        PluginError(
            .invalidRequest,
            "\(noun) name contains invalid characters, or is reserved: names have letters, digits "
                + "and underscores, and hyphens and dots between them; `default` and ids are no "
                + "names")
    }
}

extension AccessURLs {
    /// With the templates' words replaced. A word without a value is an error: a certificate that
    /// says nothing of where to ask about it cannot be mended once it is out.
    func expanded(issuerID: String, _ authority: Authority) throws(PluginError) -> AccessURLs {
        guard areTemplates else { return self }
        let words = [
            ("{{issuer_id}}", issuerID, "issuer_id"),
            ("{{cluster_path}}", authority.clusterPath, "path"),
            ("{{cluster_aia_path}}", authority.clusterAIAPath, "aia_path"),
        ]
        var expanded = self
        for place in [
            \AccessURLs.issuers, \AccessURLs.lists, \AccessURLs.deltaLists, \AccessURLs.ocsp,
        ] {
            for index in self[keyPath: place].indices {
                for (word, value, name) in words
                where self[keyPath: place][index].contains(word) {
                    guard !value.isEmpty else {
                        throw PluginError(
                            .invalidRequest,
                            "unable to template AIA URLs as we lack local cluster address "
                                + "information (\(name)): set it with config/cluster")
                    }
                    let text = expanded[keyPath: place][index]
                    expanded[keyPath: place][index] = text.replacing(word, with: value)
                }
            }
        }
        return expanded
    }
}
