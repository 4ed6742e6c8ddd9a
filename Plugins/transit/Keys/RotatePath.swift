// `keys/:name/rotate` adds a version, `keys/:name/trim` takes old ones away for good.

import Paths
import PluginSDK

func rotatePath(_ mount: TransitMount) -> Path {
    Path(
        "keys/:name/rotate", .update, fields: [.string("name", "Name of the key.")],
        reads: [StorageKey.mark("{name}")],
        help: "Make a new version of a key, which is used from then on."
    ) { request in
        let name = try request.keyName()
        _ = try request.fields()
        return mount.withKey(name) { key in
            guard let key else { throw PluginError.noSuchKey(name) }
            return try mount.rotate(key.ring, request) { ring in
                let (batch, rotated) = mount.save(ring, name)
                return .answer(try rotated.answer(name), writing: batch)
            }
        }
    }
}

func trimPath(_ mount: TransitMount) -> Path {
    Path(
        "keys/:name/trim", .update,
        fields: [
            .string("name", "Name of the key."),
            .integer(
                "min_available_version", required: true,
                "The first version to keep; what is older is gone for good."),
        ],
        reads: [StorageKey.mark("{name}")],
        help: "Remove old versions of a key."
    ) { request in
        let name = try request.keyName()
        let wanted = try request.fields().integer("min_available_version") ?? 0
        return mount.change(name, answer: { try $0.answer(name) }) { ring in
            try requireTrimmable(ring, to: wanted)
            ring.trim(to: wanted)
        }
    }
}

private func requireTrimmable(_ ring: KeyRing, to wanted: Int) throws(PluginError) {
    if wanted < ring.minAvailableVersion {
        throw PluginError(
            .invalidRequest,
            "minimum available version cannot be decremented: it is \(ring.minAvailableVersion)")
    }
    if wanted < 1 {
        throw PluginError(.invalidRequest, "minimum available version should be positive")
    }
    if ring.minEncryptionVersion == 0 {
        throw PluginError(
            .invalidRequest,
            "minimum available version cannot be set when minimum encryption version is not set")
    }
    if wanted > ring.minEncryptionVersion || wanted > ring.minDecryptionVersion {
        throw PluginError(
            .invalidRequest,
            "cannot trim to version \(wanted): min_decryption_version is "
                + "\(ring.minDecryptionVersion) and min_encryption_version is "
                + "\(ring.minEncryptionVersion)")
    }
}
