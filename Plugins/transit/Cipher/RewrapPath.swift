// `POST rewrap/:name`: from an old version to a newer one, without the plaintext leaving.

import Cryptography
import Paths
import PluginSDK

func rewrapPath(_ mount: TransitMount) -> Path {
    Path(
        "rewrap/:name", .update,
        fields: [
            .string("name", "Name of the key."),
            .string("ciphertext", "What encrypt answered."),
            .string("context", "Base64 of the context it was encrypted with."),
            .string("nonce", "Only for convergent keys of Vault's first version."),
            .string("padding_scheme", default: "oaep", "For RSA; there is only this one."),
            .string("associated_data", "Base64 of the associated data it was encrypted with."),
            .integer("key_version", "The version to come to; the latest by default."),
            .any("batch_input", "A list of objects with these members, instead of them."),
            .integer(
                "partial_failure_response_code",
                "The status of a batch of which some items failed; 400 by default."),
            .string("reference", "In a batch: comes back with the result."),
        ],
        reads: [StorageKey.mark("{name}")],
        help: "Encrypt a ciphertext anew, with another version of its key."
    ) { request in
        let name = try request.keyName()
        return mount.withUsableKey(request, name, whenMissing: "encryption key not found") { key in
            let run: @Sendable () throws -> Outcome = {
                mount.answer(try rewrap(request, key), to: request, after: key, name)
            }
            return key.type.isSlow ? .work(run) : try run()
        }
    }
}

private func rewrap(_ request: Request, _ key: LoadedKey) throws -> Answer {
    let opened = Scratch()
    let sealed = Scratch()
    return try Batch.run(request, .failsWithItems) { _ in
        { item, output in
            let version = try key.ring.versionToUse(
                try item.integer(.keyVersion) ?? 0, for: "encryption")
            let input = try CipherInput(item, key.ring)
            let isThere: Void? = try item.withText(.ciphertext) { text in
                if text.isEmpty { throw PluginError.missingCiphertext }
                try key.decrypt(text, input, opened) { plaintext in
                    output.append(contentsOf: "\"ciphertext\":\"".utf8)
                    try key.encrypt(plaintext, input, version: version, sealed, into: &output)
                    output.append(contentsOf: "\",\"key_version\":".utf8)
                    output.append(contentsOf: String(version).utf8)
                }
            }
            if isThere == nil { throw PluginError.missingCiphertext }
        }
    }
}
