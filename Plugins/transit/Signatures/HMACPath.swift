// `POST hmac/:name`: the code of an input under a key. Every version of every key has a key of its
// own for that; of an HMAC key it is the key itself.

import Cryptography
import Paths
import PluginSDK

func hmacPaths(_ mount: TransitMount) -> [Path] {
    ["hmac/:name", "hmac/:name/:algorithm"].map { pattern in
        Path(
            pattern, .update,
            fields: [
                .string("name", "Name of the key."),
                .string("algorithm", "sha2-224 to sha3-512; sha2-256 by default."),
                .string("input", "Base64 of what is authenticated."),
                .integer("key_version", "The version to use; the latest by default."),
                .any("batch_input", "A list of objects with input, instead of it."),
                .string("reference", "In a batch: comes back with the result."),
            ],
            reads: [StorageKey.mark("{name}")], help: "The HMAC of an input or of a batch of them."
        ) { request in
            mount.withUsableKey(
                request, try request.keyName(), whenMissing: "encryption key not found"
            ) { .answer(try authenticate(request, $0)) }
        }
    }
}

private func authenticate(_ request: Request, _ key: LoadedKey) throws -> Answer {
    try Batch.run(request, .alwaysSucceeds) { members in
        let name = try request.captures["algorithm"] ?? members.text(.algorithm) ?? ""
        let digest = try Digest(hmacField: name)
        let version = try key.ring.versionToUse(
            try members.integer(.keyVersion) ?? 0, for: "HMAC generation")
        return { item, output in
            guard item.has(.input) else {
                throw PluginError(.invalidRequest, "missing input for HMAC")
            }
            let code = try key.code(of: try item.input(), digest, version: version)
            output.append(contentsOf: "\"hmac\":\"".utf8)
            VersionedText.append(version, to: &output)
            code.withUnsafeBytes { Base64.append($0, to: &output) }
            output.append(UInt8(ascii: "\""))
        }
    }
}

extension LoadedKey {
    func code(
        of input: [UInt8], _ digest: Digest, version number: Int
    ) throws -> [UInt8] {
        let version = try keys(number).version
        let own = type == .hmac ? version.secret : version.hmacKey
        guard let own else { throw PluginError.damagedKey }
        do {
            return try own.withUnsafeBytes { key in
                try input.withUnsafeBytes { try digest.authenticate($0, key: key) }
            }
        } catch { throw PluginError.cryptographyFailed }
    }

    func verifyCode(
        _ text: UnsafeRawBufferPointer, of input: [UInt8], _ form: SignatureForm
    ) throws -> Bool {
        guard case .digest(let digest) = form.hash, digest != .sha1 else {
            throw PluginError(.invalidRequest, "unsupported algorithm for an HMAC")
        }
        guard form.signatureContext.isEmpty else {
            throw PluginError(.invalidRequest, "an HMAC has no signature_context")
        }
        let parsed = try VersionedText(text, noun: "HMAC")
        try ring.requireReadable(parsed.version, noun: "HMAC")
        guard let given = Base64.decode(parsed.payload) else {
            throw PluginError(.invalidRequest, "invalid HMAC: unable to decode")
        }
        return constantTimeEqual(
            given, try code(of: input, digest, version: parsed.version))
    }
}

extension Digest {
    /// Those that codes and plain digests are made with; SHA-1 is not among them.
    init(hmacField name: String) throws(PluginError) {
        let name = name.isEmpty ? "sha2-256" : name
        guard let digest = Digest(rawValue: name), digest != .sha1 else {
            throw PluginError(
                .invalidRequest,
                "unsupported algorithm: use one of "
                    + Digest.allCases.dropFirst().map(\.rawValue).joined(separator: ", "))
        }
        self = digest
    }
}
