// `coffer transit import` and `import-version`: a key is wrapped here for the engine's wrapping
// key, so that nothing between here and the engine sees it.

import Cryptography
import JSON

extension Command {
    static let transitImport = Command(
        "transit import", "Imports a key as a new one", usage: "[options] PATH KEY [DATA K=V...]",
        about: """
            Brings a key into the transit engine under a name that is new. KEY is the key in \
            Base64: the bytes of a symmetric key, PKCS #8 in DER of a key pair, or its PEM. "@" \
            before it names a file, and "-" reads standard input, which keeps the key out of the \
            shell's history.

            The key is encrypted for the engine before it is sent. That takes a token which may \
            read the mount's wrapping_key and write the key's import.
            """,
        examples: [
            Example(
                "Bring an RSA key:",
                "coffer transit import transit/keys/signer @signer.pem type=rsa-2048")
        ],
        families: [.http], takes: .atLeast(2)
    ) { call in
        try await call.importKey("import")
    }

    static let transitImportVersion = Command(
        "transit import-version", "Imports a key as a new version",
        usage: "[options] PATH KEY [DATA K=V...]",
        about: """
            Brings a key into the transit engine as the next version of one that was imported \
            before. KEY is what it is for "coffer transit import".
            """,
        examples: [
            Example(
                "Bring the next version:",
                "coffer transit import-version transit/keys/signer @next.pem")
        ],
        families: [.http], takes: .atLeast(2)
    ) { call in
        try await call.importKey("import_version")
    }
}

extension Invocation {
    fileprivate func importKey(_ endpoint: String) async throws -> ExitCode {
        let path = APIPath.sanitized(arguments[0])
        let parts = path.split(separator: "/")
        guard parts.count >= 3, parts[parts.count - 2] == "keys" else {
            throw UsageError("PATH is MOUNT/keys/NAME, as in transit/keys/orders")
        }
        let mount = parts.dropLast(2).joined(separator: "/")
        let secret = try keyMaterial(arguments[1])
        guard var data = try data(from: 2).objectValue else { return .clientError }
        let digest = try oaepDigest(data["hash_function"]?.stringValue ?? "SHA256")
        let client = try client()

        console.printLine("Retrieving transit wrapping key.")
        let receiver = try await wrappingKey(mount, client)
        console.printLine("Wrapping the key with it.")
        let ciphertext: [UInt8]
        do {
            ciphertext = try secret.withUnsafeBytes {
                try KeyTransport.wrap($0, for: receiver, digest: digest)
            }
        } catch { throw CommandError.client("The key could not be wrapped.") }
        data["ciphertext"] = .string(Base64.encode(ciphertext))

        console.printLine("Submitting the wrapped key.")
        let body = JSONValue.object(data)
        _ = try await during("Error writing to \(path)/\(endpoint)") {
            try await client.send(.put("\(path)/\(endpoint)", body))
        }
        console.printLine("Success!")
        return .success
    }

    private func wrappingKey(_ mount: String, _ client: APIClient) async throws -> PublicKey {
        let path = "\(mount)/wrapping_key"
        let answer = try await during("Error reading \(path)") {
            try await client.send(.get(path))
        }
        let text = answer?.data?["public_key"]?.stringValue ?? ""
        guard let der = PEM.decode(text)?.first?.der,
            let key = try? PublicKey(subjectPublicKeyInfo: der)
        else { throw CommandError.server("\(path) answered no public key.") }
        return key
    }

    /// No message repeats any of it.
    private func keyMaterial(_ argument: String) throws -> SecretBytes {
        var bytes: [UInt8]
        if argument == "-" {
            bytes = try readStandardInput()
        } else if argument.first == "@" {
            do { bytes = try LocalFile.read(String(argument.dropFirst())) } catch {
                throw UsageError("error reading file: \(error.message)")
            }
        } else {
            bytes = Array(argument.utf8)
        }
        defer { zero(&bytes) }
        let text = String(decoding: bytes, as: UTF8.self)
        if let blocks = PEM.decode(text) {
            guard blocks.count == 1, blocks[0].label.utf8.elementsEqual("PRIVATE KEY".utf8) else {
                throw UsageError(
                    "the PEM is not one PRIVATE KEY; \"openssl pkcs8 -topk8 -nocrypt\" makes it one"
                )
            }
            var der = blocks[0].der
            return SecretBytes(erasing: &der)
        }
        let digits = text.filter { !$0.isWhitespace }
        guard var key = Base64.decode(digits), !key.isEmpty else {
            throw UsageError("KEY is neither Base64 nor PEM")
        }
        return SecretBytes(erasing: &key)
    }

    private func oaepDigest(_ name: String) throws(UsageError) -> Digest {
        switch name.uppercased() {
        case "SHA1": .sha1
        case "SHA224": .sha2With224Bits
        case "SHA256": .sha2With256Bits
        case "SHA384": .sha2With384Bits
        case "SHA512": .sha2With512Bits
        default:
            throw UsageError("hash_function is one of SHA1, SHA224, SHA256, SHA384 and SHA512")
        }
    }
}
