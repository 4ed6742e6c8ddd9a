// `POST sign/:name` signs an input or a batch of them.

import Cryptography
import Paths
import PluginSDK

func signPaths(_ mount: TransitMount) -> [Path] {
    ["sign/:name", "sign/:name/:hash_algorithm"].map { pattern in
        Path(
            pattern, .update,
            fields: signatureFields + [
                .integer("key_version", "The version to use; the latest by default.")
            ],
            reads: [StorageKey.mark("{name}")], help: "Sign an input or a batch of them."
        ) { request in
            mount.withUsableKey(
                request, try request.keyName(), whenMissing: "signing key not found"
            ) { key in
                try key.requireSigning()
                let run: @Sendable () throws -> Outcome = { .answer(try sign(request, key)) }
                return key.type.isSlow ? .work(run) : try run()
            }
        }
    }
}

let signatureFields: [Field] = [
    .string("name", "Name of the key."),
    .string("hash_algorithm", "sha1, sha2-224 to sha3-512, or none; sha2-256 by default."),
    .string("algorithm", "The old name of hash_algorithm."),
    .string("input", "Base64 of what is signed."),
    .string("context", "Base64 of the context; derived keys need one."),
    .boolean(
        "prehashed", "Whether the input is the digest already; of Ed25519, sha2-512 (Ed25519ph)."),
    .string("signature_algorithm", "For RSA: pss, which is the default, or pkcs1v15."),
    .string("marshaling_algorithm", "For ECDSA: asn1, which is the default, or jws."),
    .any("salt_length", "For pss: auto, which is the default, hash, or a number of bytes."),
    .string("signature_context", "For Ed25519ctx and Ed25519ph: Base64 of their context."),
    .any("batch_input", "A list of objects with input and context, instead of them."),
    .string("reference", "In a batch: comes back with the result."),
]

private func sign(_ request: Request, _ key: LoadedKey) throws -> Answer {
    try Batch.run(request, .alwaysSucceeds) { members in
        let form = try SignatureForm(members, named: request.captures["hash_algorithm"])
        let version = try key.ring.versionToUse(
            try members.integer(.keyVersion) ?? 0, for: "signing")
        let publicName = members.has(.batchInput) ? "publickey" : "public_key"
        return { item, output in
            let (signature, derived) = try key.sign(
                try item.input(), try form.of(item), context: try item.context(), version: version)
            output.append(contentsOf: "\"signature\":\"".utf8)
            VersionedText.append(version, to: &output)
            form.encode(signature, into: &output)
            output.append(contentsOf: "\",\"key_version\":\(version)".utf8)
            if let derived {
                output.append(contentsOf: ",\"\(publicName)\":\"".utf8)
                derived.withUnsafeBytes { Base64.append($0, to: &output) }
                output.append(UInt8(ascii: "\""))
            }
        }
    }
}
