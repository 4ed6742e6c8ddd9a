// `POST encrypt/:name`: encrypts a text or a batch of them. Who may create there makes the key by
// using it.

import Cryptography
import JSON
import Paths
import PluginSDK

func encryptPath(_ mount: TransitMount) -> Path {
    // The core tells a create from an update only where the caller may not do both.
    let handler: Handler = { request in
        let name = try request.keyName()
        return mount.withUsableKey(
            request, name, whenMissing: { try encryptWithNewKey(request, name, mount) },
            then: { try encrypt(request, $0, name, mount) })
    }
    return Path(
        "encrypt/:name",
        [.create: handler, .update: handler],
        fields: [
            .string("name", "Name of the key."),
            .string("plaintext", "Base64 of what is to be encrypted."),
            .string("context", "Base64 of the context; derived keys need one."),
            .string("nonce", "Only for convergent keys of Vault's first version."),
            .string("padding_scheme", default: "oaep", "For RSA; there is only this one."),
            .integer("key_version", "The version to use; the latest by default."),
            .string("associated_data", "Base64 of data that are authenticated and not encrypted."),
            .any("batch_input", "A list of objects with these members, instead of them."),
            .integer(
                "partial_failure_response_code",
                "The status of a batch of which some items failed; 400 by default."),
            .string("type", default: "aes256-gcm96", "If the key is made: its type."),
            .boolean("convergent_encryption", "If the key is made: whether it is convergent."),
            .string("reference", "In a batch: comes back with the result."),
        ],
        reads: [StorageKey.mark("{name}")],
        existence: StorageKey.mark("{name}"),
        help: "Encrypt a text or a batch of them.")
}

private func encrypt(
    _ request: Request, _ key: LoadedKey, _ name: String, _ mount: TransitMount
) throws -> Outcome {
    let run: @Sendable () throws -> Outcome = {
        let scratch = Scratch()
        let sealed = Scratch()
        let answer = try Batch.run(request, .failsWithItems) { _ in
            { item, output in
                try encryptItem(item, key, scratch, sealed, into: &output)
            }
        }
        return mount.answer(answer, to: request, after: key, name)
    }
    return key.type.isSlow ? .work(run) : try run()
}

private func encryptItem(
    _ item: Members, _ key: LoadedKey, _ scratch: Scratch, _ sealed: Scratch,
    into output: inout [UInt8]
) throws {
    let version = try key.ring.versionToUse(
        try item.integer(.keyVersion) ?? 0, for: "encryption")
    let input = try CipherInput(item, key.ring)
    let isThere: Void? = try item.withText(.plaintext) { text in
        let plaintext = try scratch.decoded(text, "failed to base64-decode plaintext")
        output.append(contentsOf: "\"ciphertext\":\"".utf8)
        try key.encrypt(plaintext, input, version: version, sealed, into: &output)
        output.append(contentsOf: "\",\"key_version\":".utf8)
        output.append(contentsOf: String(version).utf8)
    }
    if isThere == nil {
        throw PluginError(.invalidRequest, "missing plaintext to encrypt")
    }
}

extension Scratch {
    /// What the text stands for, until the next use of this memory.
    func decoded(
        _ text: UnsafeRawBufferPointer, _ message: String
    ) throws -> UnsafeRawBufferPointer {
        let target = room(max(text.count / 4 * 3, 1))
        if let count = Base64.decode(text, into: target) {
            return UnsafeRawBufferPointer(rebasing: target[..<count])
        }
        guard var bytes = decodeBase64(text) else {
            throw PluginError(.invalidRequest, message)
        }
        defer { zero(&bytes) }
        target.copyBytes(from: bytes)
        return UnsafeRawBufferPointer(rebasing: target[..<bytes.count])
    }
}

// MARK: A key made by its first use

private func encryptWithNewKey(
    _ request: Request, _ name: String, _ mount: TransitMount
) throws -> Outcome {
    let fields = try request.fields()
    if let refusal = try refusal(of: request) { return .answer(refusal) }
    return .read([StorageKey.keysSettings]) { entries in
        if try entries.keysSettings().isUpsertDisabled {
            throw PluginError(.invalidRequest, "encryption key not found")
        }
        var wishes = NewKey(type: try KeyType(field: fields.string("type")))
        wishes.isDerived = try hasContext(request)
        wishes.isConvergent = fields.boolean("convergent_encryption") ?? false
        guard wishes.type.supportsEncryption else {
            throw PluginError(
                .invalidRequest,
                "message encryption not supported for key type \(wishes.type.name)")
        }
        return try wishes.make(request) { ring in
            let (batch, made) = mount.save(ring, name)
            return .commit(batch) { try encrypt(request, made, name, mount) }
        }
    }
}

/// No key is made for a request that brings nothing that it could encrypt. Gives the answer to a
/// batch of which every item is bad.
private func refusal(of request: Request) throws -> Answer? {
    let isGood = try request.withMembers { members in
        guard let items = members.raw(.batchInput) else {
            try requireInput(members)
            return true
        }
        var isGood = false
        JSONScanner.forEachElement(in: items) { place in
            let object = UnsafeRawBufferPointer(rebasing: items[place])
            guard !isGood, object.first == UInt8(ascii: "{") else { return }
            isGood = (try? requireInput(Members(object))) != nil
        }
        return isGood
    }
    if isGood { return nil }
    return try Batch.run(request, .failsWithItems) { _ in { item, _ in try requireInput(item) } }
}

private func requireInput(_ item: Members) throws {
    guard item.has(.plaintext) else {
        throw PluginError(.invalidRequest, "missing plaintext to encrypt")
    }
    _ = try item.base64(.plaintext, "failed to base64-decode plaintext")
    // The key will have one version.
    let version = try item.integer(.keyVersion) ?? 0
    guard version <= 1 else {
        throw PluginError(
            .invalidRequest,
            "requested version for encryption is higher than the latest key version")
    }
    guard version >= 0 else {
        throw PluginError(.invalidRequest, "requested version for encryption is negative")
    }
}

/// A key made for a batch is derived if the first item has a context; the others must then have one
/// too, which the encryption itself sees to.
private func hasContext(_ request: Request) throws -> Bool {
    try request.withMembers { members in
        guard let items = members.raw(.batchInput) else {
            return try members.context() != nil
        }
        return try firstItem(of: items)?.context() != nil
    }
}
