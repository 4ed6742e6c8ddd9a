// `POST datakey/:type/:name`: a new key for the client's own use, encrypted with a key of ours;
// with the type `plaintext` also as it is.

import Cryptography
import Paths
import PluginSDK

func dataKeyPath(_ mount: TransitMount) -> Path {
    Path(
        "datakey/:type/:name", .update,
        fields: [
            .string("type", "plaintext or wrapped."),
            .string("name", "Name of the key that encrypts the new one."),
            .string("context", "Base64 of the context; derived keys need one."),
            .string("nonce", "Only for convergent keys of Vault's first version."),
            .string("padding_scheme", default: "oaep", "For RSA; there is only this one."),
            .string("associated_data", "Base64 of data that are authenticated with it."),
            .integer("bits", default: 256, "128, 256 or 512."),
            .integer("key_version", "The version to use; the latest by default."),
        ],
        reads: [StorageKey.mark("{name}")],
        help: "Make a data key."
    ) { request in
        let name = try request.keyName()
        let type = request.captures["type"] ?? ""
        guard ["plaintext", "wrapped"].contains(type) else {
            throw PluginError(
                .invalidRequest, "invalid path, must be 'plaintext' or 'wrapped'")
        }
        return mount.withUsableKey(request, name, whenMissing: "encryption key not found") { key in
            let run: @Sendable () throws -> Outcome = {
                mount.answer(
                    try makeDataKey(request, key, showsPlaintext: type == "plaintext"),
                    to: request, after: key, name)
            }
            return key.type.isSlow ? .work(run) : try run()
        }
    }
}

private func makeDataKey(
    _ request: Request, _ key: LoadedKey, showsPlaintext: Bool
) throws -> Answer {
    try request.withMembers { members in
        let bits = try members.integer(.bits) ?? 256
        guard [128, 256, 512].contains(bits) else {
            throw PluginError(
                .invalidRequest, "invalid bit length; use 128, 256 or 512")
        }
        let input = try CipherInput(members, key.ring)
        let version = try key.ring.versionToUse(
            try members.integer(.keyVersion) ?? 0, for: "encryption")
        let dataKey = KeyVersion.randomSecret(bits / 8)
        var output = Array("{\"ciphertext\":\"".utf8)
        try dataKey.withUnsafeBytes { bytes in
            try key.encrypt(bytes, input, version: version, Scratch(), into: &output)
            output.append(contentsOf: "\",\"key_version\":\(version)".utf8)
            guard showsPlaintext else { return }
            output.append(contentsOf: ",\"plaintext\":\"".utf8)
            Base64.append(bytes, to: &output)
            output.append(UInt8(ascii: "\""))
        }
        output.append(UInt8(ascii: "}"))
        return .json(output)
    }
}
