// `POST decrypt/:name` decrypts a text or a batch of them.

import Cryptography
import Paths
import PluginSDK

func decryptPath(_ mount: TransitMount) -> Path {
    Path(
        "decrypt/:name", .update,
        fields: [
            .string("name", "Name of the key."),
            .string("ciphertext", "What encrypt answered."),
            .string("context", "Base64 of the context it was encrypted with."),
            .string("nonce", "Only for convergent keys of Vault's first version."),
            .string("padding_scheme", default: "oaep", "For RSA; there is only this one."),
            .string("associated_data", "Base64 of the associated data it was encrypted with."),
            .any("batch_input", "A list of objects with these members, instead of them."),
            .integer(
                "partial_failure_response_code",
                "The status of a batch of which some items failed; 400 by default."),
            .string("reference", "In a batch: comes back with the result."),
        ],
        reads: [StorageKey.mark("{name}")],
        help: "Decrypt a text or a batch of them."
    ) { request in
        mount.withUsableKey(
            request, try request.keyName(), whenMissing: "encryption key not found"
        ) { key in
            let run: @Sendable () throws -> Outcome = { .answer(try decrypt(request, key)) }
            return key.type.isSlow ? .work(run) : try run()
        }
    }
}

private func decrypt(_ request: Request, _ key: LoadedKey) throws -> Answer {
    let scratch = Scratch()
    return try Batch.run(request, .failsWithItems) { _ in
        { item, output in
            let input = try CipherInput(item, key.ring)
            let isThere: Void? = try item.withText(.ciphertext) { text in
                if text.isEmpty { throw PluginError.missingCiphertext }
                try key.decrypt(text, input, scratch) { plaintext in
                    output.append(contentsOf: "\"plaintext\":\"".utf8)
                    Base64.append(plaintext, to: &output)
                    output.append(UInt8(ascii: "\""))
                }
            }
            if isThere == nil { throw PluginError.missingCiphertext }
        }
    }
}

extension PluginError {
    static let missingCiphertext = PluginError(
        .invalidRequest, "missing ciphertext to decrypt")
}
