// `GET byok-export/:destination/:source(/:version)`: a key wrapped for another one, as `import`
// takes it: from server to server, and nobody in between sees it.

import Cryptography
import JSON
import Paths
import PluginSDK

func byokExportPaths(_ mount: TransitMount) -> [Path] {
    ["byok-export/:destination/:source", "byok-export/:destination/:source/:version"].map {
        pattern in
        Path(
            pattern, .read,
            fields: [
                .string("destination", "The RSA key that it is wrapped for."),
                .string("source", "The key that is handed out."),
                .string("version", "One version, or latest; all by default."),
                .string("hash", default: "SHA256", "The digest of RSA-OAEP: SHA1 to SHA512."),
            ],
            reads: [StorageKey.mark("{source}"), StorageKey.mark("{destination}")],
            help: "A key wrapped for another key."
        ) { request in
            let destination = try request.keyName("destination")
            let source = try request.keyName("source")
            let fields = try request.fields()
            let digest = try WrappedKey.digest(fields.string("hash"))
            return mount.withKey(source) { source in
                guard let source else { return .answer(.none) }
                return mount.withKey(destination) { receiver in
                    guard let receiver else { return .answer(.none) }
                    return .work {
                        .answer(
                            try wrap(
                                source, request.captures["source"] ?? "", for: receiver, digest,
                                fields.string("version") ?? ""))
                    }
                }
            }
        }
    }
}

private func wrap(
    _ source: LoadedKey, _ name: String, for receiver: LoadedKey, _ digest: Digest,
    _ version: String
) throws -> Answer {
    try source.ring.requireUsable()
    try receiver.ring.requireUsable()
    guard receiver.type.isRSA else {
        throw PluginError(.invalidRequest, "the destination key must be an RSA key")
    }
    guard source.ring.isExportable else {
        throw PluginError(.invalidRequest, "key is not exportable")
    }
    let wrapping = try receiver.keys(receiver.ring.latestVersion).publicKey()
    var keys = JSONObject()
    for number in try source.ring.exported(version) {
        let secret = try source.keys(number).transferable()
        keys[String(number)] = .string(try WrappedKey.wrap(secret, for: wrapping, digest))
    }
    return .data([
        "name": .string(name), "type": .string(source.type.name), "keys": .object(keys),
    ])
}

extension VersionKeys {
    /// The key as `import` wants it.
    fileprivate func transferable() throws -> SecretBytes {
        guard let secret = version.secret else { throw PluginError.publicOnly }
        guard type.pair != nil else { return secret }
        do {
            guard let key = try privateKey() else { throw PluginError.publicOnly }
            return try key.pkcs8()
        } catch is CryptoError { throw PluginError.cryptographyFailed }
    }
}
