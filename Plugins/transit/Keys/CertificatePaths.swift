// `keys/:name/csr` signs a certificate request with a key, `keys/:name/set-certificate` keeps the
// certificates that came of it beside the key.

import Cryptography
import JSON
import Paths
import PluginSDK

func csrPath(_ mount: TransitMount) -> Path {
    Path(
        "keys/:name/csr", .update,
        fields: [
            .string("name", "Name of the key."),
            .string("version", "The version to use, or latest, which is the default."),
            .string("csr", "A request in PEM whose names and extensions are taken over."),
        ],
        reads: [StorageKey.mark("{name}")],
        help: "A certificate request, signed with a key."
    ) { request in
        let name = try request.keyName()
        let fields = try request.fields()
        let template = try templateRequest(fields.string("csr") ?? "")
        return mount.withUsableKey(
            request, name, whenMissing: "key with provided name '\(name)' not found"
        ) { key in
            try requireCertifiable(key)
            let number = try key.ring.certified(fields.string("version"))
            return .work {
                guard let pair = try key.keys(number).privateKey() else {
                    throw PluginError.publicOnly
                }
                do throws(CryptoError) {
                    let signed = try CertificateRequest.sign(template: template, with: pair)
                    return .answer(
                        .data([
                            "name": .string(name), "type": .string(key.type.name),
                            "csr": .string(PEM.encode("CERTIFICATE REQUEST", signed)),
                        ]))
                } catch {
                    throw PluginError(.invalidRequest, "could not parse the csr")
                }
            }
        }
    }
}

func setCertificatePath(_ mount: TransitMount) -> Path {
    Path(
        "keys/:name/set-certificate", .update,
        fields: [
            .string("name", "Name of the key."),
            .string("version", "The version they are for, or latest, which is the default."),
            .string(
                "certificate_chain", required: true,
                "Certificates in PEM: the key's own, and after each the one that signed it."),
        ],
        reads: [StorageKey.mark("{name}")],
        help: "Keep the certificates of a key beside it."
    ) { request in
        let name = try request.keyName()
        let fields = try request.fields()
        // Each certificate's signature is checked, with a key that a stranger chose.
        return .work {
            let chain = try certificates(fields.string("certificate_chain") ?? "")
            return mount.withKey(name) { key in
                guard let key else { throw PluginError.noSuchKey(name) }
                let number = try key.ring.certified(fields.string("version"))
                let ring = try key.withCertificates(chain, number)
                let (batch, _) = mount.save(ring, name)
                let text = chain.certificates.map { PEM.encode("CERTIFICATE", $0) }.joined()
                return .answer(
                    .data([
                        "name": .string(name), "type": .string(key.type.name),
                        "certificate_chain": .string(text),
                    ]), writing: batch)
            }
        }
    }
}

extension LoadedKey {
    fileprivate func withCertificates(
        _ chain: CertificateChain, _ number: Int
    ) throws(PluginError) -> KeyRing {
        try requireCertifiable(self)
        guard var version = ring.version(number), version.publicKey == chain.publicKey else {
            throw PluginError(
                .invalidRequest,
                "the first certificate is not one of the public key of version \(number)")
        }
        version.certificates = chain.certificates
        var ring = ring
        ring.replace(number, with: version)
        return ring
    }
}

private func requireCertifiable(_ key: LoadedKey) throws(PluginError) {
    guard key.type.supportsSigning, !key.ring.isDerived else {
        throw PluginError(
            .invalidRequest,
            "certificates are for signing keys that are not derived; this key is of type "
                + key.type.name)
    }
}

private func templateRequest(_ text: String) throws(PluginError) -> [UInt8]? {
    if text.isEmpty { return nil }
    guard text.utf8.count <= Limits.maxPEMBytes, let blocks = PEM.decode(text), blocks.count == 1,
        blocks[0].label.hasSuffix("CERTIFICATE REQUEST")
    else { throw PluginError(.invalidRequest, "csr is no certificate request in PEM") }
    return blocks[0].der
}

private func certificates(_ text: String) throws(PluginError) -> CertificateChain {
    guard text.utf8.count <= Limits.maxPEMBytes, let blocks = PEM.decode(text),
        blocks.count <= Limits.maxCertificates,
        blocks.allSatisfy({ $0.label.utf8.elementsEqual("CERTIFICATE".utf8) })
    else {
        throw PluginError(
            .invalidRequest,
            "certificate_chain is no list of at most \(Limits.maxCertificates) certificates in PEM")
    }
    do throws(CryptoError) { return try CertificateChain(blocks.map(\.der)) } catch {
        throw PluginError(
            .invalidRequest, "certificate_chain: \(error.message)")
    }
}

extension KeyRing {
    /// The version that certificates are about.
    fileprivate func certified(_ version: String?) throws(PluginError) -> Int {
        let version = version ?? ""
        if version.isEmpty || version.utf8.elementsEqual("latest".utf8) { return latestVersion }
        guard let number = Int(version), self.version(number) != nil,
            number >= minDecryptionVersion
        else {
            throw PluginError(.invalidRequest, "there is no such version of the key")
        }
        return number
    }
}
