// `POST derive-key/:name`: a new key out of what a key on a NIST curve and somebody else's public
// key agree on (ECDH). The other side comes to the same key.

import Clock
import Cryptography
import Paths
import PluginSDK

func deriveKeyPath(_ mount: TransitMount) -> Path {
    Path(
        "derive-key/:name", .update,
        fields: [
            .string("name", "Name of the new key."),
            .string(
                "key_derivation_algorithm", default: "ecdh", "ecdh is the only one there is."),
            .string("peer_public_key", required: true, "The other side's public key in PEM."),
            .string("base_key_name", required: true, "Our own key: one of the ecdsa types."),
            .integer("base_key_version", "The version of our key; the latest by default."),
            .string(
                "derived_key_type", default: "aes256-gcm96",
                "The type of the new key: one that encrypts and has no key pair."),
        ],
        reads: [StorageKey.mark("{name}")],
        help: "Make a key out of a key of ours and somebody else's public key."
    ) { request in
        let name = try request.keyName()
        let fields = try request.fields()
        let algorithm = fields.string("key_derivation_algorithm") ?? ""
        guard algorithm.isEmpty || algorithm.utf8.elementsEqual("ecdh".utf8) else {
            throw PluginError(
                .invalidRequest, "unsupported key_derivation_algorithm: there is ecdh")
        }
        let type = try KeyType(field: fields.string("derived_key_type"))
        guard type.cipher != nil else {
            throw PluginError(
                .invalidRequest, "a key of type \(type.name) cannot be derived from another")
        }
        let peer = try peerKey(fields.string("peer_public_key") ?? "")
        let base = fields.string("base_key_name") ?? ""
        guard isKeyName(base) else { throw PluginError.badKeyName }
        return mount.withKey(name) { key in
            if key != nil {
                throw PluginError(.invalidRequest, "key \"\(name)\" already exists")
            }
            // The other side has the public key of a version that is there: one that were made
            // now, because the key's time is over, would agree with nobody.
            return mount.withKey(base) { base in
                guard let base else {
                    throw PluginError(.invalidRequest, "specified base key not found")
                }
                let number = fields.integer("base_key_version") ?? 0
                let version = try base.agree(with: peer, number, on: type, now: request.now)
                var ring = KeyRing(type: type, versions: [version])
                // A version that is made here would be one that the other side does not have.
                ring.isImported = true
                let (batch, _) = mount.save(ring, name)
                return .answer(.none, writing: batch)
            }
        }
    }
}

private func peerKey(_ text: String) throws(PluginError) -> PublicKey {
    let failure = PluginError(
        .invalidRequest, "peer_public_key is no PEM public key on a NIST curve")
    guard text.utf8.count <= Limits.maxPEMBytes, let blocks = PEM.decode(text),
        blocks.count == 1, blocks[0].label.utf8.elementsEqual("PUBLIC KEY".utf8)
    else { throw failure }
    do throws(CryptoError) {
        return try PublicKey(subjectPublicKeyInfo: blocks[0].der)
    } catch { throw failure }
}

extension LoadedKey {
    /// A version of a key of the type, with what both sides know: the shared point's x coordinate,
    /// by HKDF made into as many bytes as the type wants.
    fileprivate func agree(
        with peer: PublicKey, _ asked: Int, on derived: KeyType, now: Timestamp
    ) throws(PluginError) -> KeyVersion {
        try ring.requireUsable()
        guard type.isECDSA, let size = derived.cipher?.keyByteCount else {
            throw PluginError(
                .invalidRequest, "base key type \(type.name) does not support key agreement")
        }
        let number = try ring.versionToUse(asked, for: "derivation")
        guard let own = try keys(number).privateKey() else { throw .publicOnly }
        guard own.kind == peer.kind else {
            throw PluginError(
                .invalidRequest, "peer_public_key is not on the curve of the base key")
        }
        do throws(CryptoError) {
            let shared = try own.sharedSecret(with: peer)
            var version = KeyVersion(
                created: now,
                hmacKey: KeyVersion.randomSecret(Limits.versionHMACKeyBytes))
            let none = UnsafeRawBufferPointer(start: nil, count: 0)
            version.secret = try shared.withUnsafeBytes {
                (bytes) throws(CryptoError) -> SecretBytes in
                try HKDFSHA256.derive(bytes, info: none, count: size)
            }
            return version
        } catch { throw PluginError.cryptographyFailed }
    }
}
