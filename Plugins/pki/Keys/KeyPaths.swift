// `key/:key_ref`, `keys/generate/:exported` and `keys/import`: the mount's private keys.

import Certificates
import Cryptography
import JSON
import Paths
import PluginSDK

func keyPaths(_ mount: PKIMount) -> [Path] {
    [keyPath(mount), generateKeyPath(mount), importKeyPath(mount)]
}

private func keyPath(_ mount: PKIMount) -> Path {
    Path(
        "key/:key_ref",
        [
            .read: { request in
                mount.withAuthority { loaded in
                    let key = try loaded.authority.key(request.captures["key_ref"] ?? "")
                    return .answer(.data(try key.json()))
                }
            },
            .update: { request in
                let name = try request.fields().string("key_name") ?? ""
                return mount.change { authority, _ in
                    var key = try authority.key(request.captures["key_ref"] ?? "")
                    try authority.requireFreeKeyName(name, except: key.id)
                    key.name = name
                    for index in authority.keys.indices where authority.keys[index].id == key.id {
                        authority.keys[index] = key
                    }
                    return .data(try key.json())
                }
            },
            .delete: { request in
                mount.change { authority, _ in
                    // What is not there is as good as deleted.
                    guard let key = try? authority.key(request.captures["key_ref"] ?? "") else {
                        return .none
                    }
                    return try delete(key, &authority)
                }
            },
        ],
        fields: [
            .string("key_ref", "The key: an id, a name or `default`."),
            .string("key_name", "Its name."),
        ],
        reads: [StorageKey.mark], help: "A private key: its name, and its end.")
}

/// What an issuer signs with stays as long as the issuer: a key that is gone is gone for good, and
/// with it the authority and its revocation lists.
private func delete(
    _ key: SigningKey, _ authority: inout Authority
) throws(PluginError) -> Answer {
    if let user = authority.issuers.first(where: { $0.keyID == key.id }) {
        throw PluginError(
            .invalidRequest, "Failed to Delete Key.  Key in Use by Issuer: \(user.id)")
    }
    authority.keys.removeAll { $0.id == key.id }
    guard authority.defaultKey == key.id else { return .none }
    authority.defaultKey = ""
    return Answer(
        status: 200,
        warnings: [
            "Deleted key \(key.id) (via key_ref); this was configured as the default key. "
                + "Operations without an explicit key will not work until a new default is "
                + "configured."
        ])
}

private func generateKeyPath(_ mount: PKIMount) -> Path {
    Path(
        "keys/generate/:exported", .update,
        fields: keyFields + [
            .string("key_type", default: "rsa", "rsa, ec or ed25519."),
            .integer("key_bits", default: 0, "Its size; 0 is the usual one."),
        ],
        reads: [StorageKey.mark], help: "Make a private key."
    ) { request in
        let choice = try KeyChoice(request, try request.fields())
        guard choice.isNew else {
            throw PluginError(.invalidRequest, "the type of the key must be internal or exported")
        }
        return mount.withAuthority { loaded in
            try choice.withKey(loaded.authority) { key in
                var authority = loaded.authority
                try authority.add(key)
                var batch = WriteBatch()
                try PKIMount.save(authority, to: &batch)
                var json = try key.json()
                if choice.source.isExported {
                    json["private_key"] = .string(try OutputForm().privateKey(key.key))
                }
                return .answer(.data(json), writing: batch)
            }
        }
    }
}

private func importKeyPath(_ mount: PKIMount) -> Path {
    Path(
        "keys/import", .update,
        fields: [
            .string("pem_bundle", required: true, "One private key in PEM."),
            .string("key_name", default: "", "Its name."),
        ],
        reads: [StorageKey.mark], help: "Take a private key that was made elsewhere."
    ) { request in
        let fields = try request.fields()
        let name = fields.string("key_name") ?? ""
        let bundle = try PEMInput.bundle(fields.string("pem_bundle"))
        guard let key = bundle.keys.first, bundle.keys.count == 1, bundle.certificates.isEmpty
        else {
            throw PluginError(
                .invalidRequest, "only a single key can be present within the pem_bundle")
        }
        return mount.change { authority, _ in
            if let known = authority.keys.first(where: { $0.key.isSame(as: key) }) {
                return .data(
                    try known.json(),
                    warnings: ["Key already imported, use key/ endpoint to update name."])
            }
            try authority.requireFreeKeyName(name)
            let made = SigningKey(id: UUID128().text, name: name, key: key)
            try authority.add(made)
            for index in authority.issuers.indices
            where authority.issuers[index].keyID.isEmpty
                && authority.issuers[index].certificate.hasKey(of: key)
            {
                authority.issuers[index].keyID = made.id
            }
            return .data(try made.json())
        }
    }
}

extension SigningKey {
    func json() throws(PluginError) -> JSONValue {
        do throws(CertificateError) {
            let identifier = try KeyIdentifier.of(key.publicPart)
            return [
                "key_id": .string(id), "key_name": .string(name), "key_type": .string(type),
                "subject_key_id": .string(SerialNumber.text(identifier)),
            ]
        } catch { throw PluginError(error) }
    }
}
