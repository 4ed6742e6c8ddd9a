// `GET export/:key_type/:name(/:version)`: the key itself, where it was made exportable.

import Cryptography
import JSON
import Paths
import PluginSDK

func exportPaths(_ mount: TransitMount) -> [Path] {
    ["export/:key_type/:name", "export/:key_type/:name/:version"].map { pattern in
        Path(
            pattern, .read,
            fields: [
                .string(
                    "key_type",
                    "encryption-key, signing-key, hmac-key, public-key or certificate-chain."),
                .string("name", "Name of the key."),
                .string("version", "One version, or latest; all by default."),
                .string(
                    "format",
                    "raw, der or pem; by default raw keys in Base64, PKCS #1, SEC 1 and PKIX."),
            ],
            reads: [StorageKey.mark("{name}")], help: "Export a key."
        ) { request in
            let name = try request.keyName()
            let fields = try request.fields()
            guard let part = KeyPart(rawValue: request.captures["key_type"] ?? "") else {
                throw PluginError(
                    .invalidRequest,
                    "invalid export type: use encryption-key, signing-key, hmac-key, public-key "
                        + "or certificate-chain")
            }
            guard let format = KeyFormat(rawValue: fields.string("format") ?? "") else {
                throw PluginError(.invalidRequest, "invalid format: use raw, der or pem")
            }
            return mount.withKey(name) { key in
                guard let key else { return .answer(.none) }
                try key.ring.requireUsable()
                if part.isSecret, !key.ring.isExportable {
                    throw PluginError(.invalidRequest, "private key material is not exportable")
                }
                try part.requireSupported(key.type)
                let numbers = try key.ring.exported(fields.string("version") ?? "")
                var keys = JSONObject()
                for number in numbers
                where part != .certificateChain || key.hasCertificates(number) {
                    keys[String(number)] = .string(try key.export(part, format, number))
                }
                if keys.isEmpty {
                    throw PluginError(
                        .invalidRequest, "no certificate chain was set for the key")
                }
                return .answer(
                    .data([
                        "name": .string(name), "type": .string(key.type.name),
                        "keys": .object(keys),
                    ]))
            }
        }
    }
}

extension LoadedKey {
    fileprivate func hasCertificates(_ number: Int) -> Bool {
        ring.version(number)?.certificates.isEmpty == false
    }
}

extension KeyRing {
    /// The versions that are handed out: one, or all that may still be used.
    func exported(_ version: String) throws(PluginError) -> ClosedRange<Int> {
        let first = max(minDecryptionVersion, firstVersion)
        if version.isEmpty { return first...latestVersion }
        if version.utf8.elementsEqual("latest".utf8) { return latestVersion...latestVersion }
        let digits = version.utf8.first == UInt8(ascii: "v") ? String(version.dropFirst()) : version
        guard let number = Int(digits) else {
            throw PluginError(
                .invalidRequest, "invalid key version: use a number or \"latest\"")
        }
        if number > 0, number < first {
            throw PluginError(
                .invalidRequest, "version for export is below minimum decryption version")
        }
        guard number >= first, number <= latestVersion else {
            throw PluginError(
                .invalidRequest, "version does not exist or cannot be found")
        }
        return number...number
    }
}
