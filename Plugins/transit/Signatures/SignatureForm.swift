// How a signature is to be made or checked: what the client says of digest, padding and form.

import Cryptography
import Ed25519Variants
import PluginSDK

struct SignatureForm {
    enum Hash: Equatable {
        case digest(Digest)
        /// Only for RSA: the bytes are signed as they are.
        case none
    }

    enum Marshaling: String {
        case asn1, jws
    }

    var hash = Hash.digest(.sha2With256Bits)
    /// Whether the client named the digest.
    var isHashGiven = false
    var isPrehashed = false
    var usesPSS = true
    var marshaling = Marshaling.asn1
    var salt = DigestScheme.SaltLength.automatic
    /// What an Ed25519 signature is made for; empty for one without.
    var signatureContext: [UInt8] = []

    /// `named` is the digest in the path, which counts before the one in the data.
    init(_ members: Members, named: String?) throws {
        let name = try named ?? members.text(.hashAlgorithm) ?? members.text(.algorithm) ?? ""
        if !name.isEmpty {
            hash = try Self.hash(name)
            isHashGiven = true
        }
        isPrehashed = try members.boolean(.prehashed) ?? false
        switch try members.text(.signatureAlgorithm) ?? "" {
        case "", "pss": usesPSS = true
        case "pkcs1v15": usesPSS = false
        default:
            throw PluginError(
                .invalidRequest, "invalid signature_algorithm: use \"pss\" or \"pkcs1v15\"")
        }
        let form = try members.text(.marshalingAlgorithm) ?? ""
        guard let marshaling = Marshaling(rawValue: form.isEmpty ? "asn1" : form) else {
            throw PluginError(
                .invalidRequest, "invalid marshaling_algorithm: use \"asn1\" or \"jws\"")
        }
        self.marshaling = marshaling
        salt = try Self.salt(members)
        signatureContext = try members.signatureContext() ?? []
        if hash == .none, !isPrehashed || usesPSS {
            throw PluginError(
                .invalidRequest,
                "hash_algorithm=none requires both prehashed=true and "
                    + "signature_algorithm=pkcs1v15")
        }
    }

    /// The form of an item, which may have a signature context of its own.
    func of(_ item: Members) throws -> SignatureForm {
        guard let own = try item.signatureContext() else { return self }
        var form = self
        form.signatureContext = own
        return form
    }

    private static func hash(_ name: String) throws(PluginError) -> Hash {
        if name.utf8.elementsEqual("none".utf8) { return .none }
        guard let digest = Digest(rawValue: name) else {
            throw PluginError(
                .invalidRequest,
                "unsupported hash algorithm: use one of "
                    + Digest.allCases.map(\.rawValue).joined(separator: ", ") + " and none")
        }
        return .digest(digest)
    }

    private static func salt(_ members: Members) throws -> DigestScheme.SaltLength {
        guard let raw = members.raw(.saltLength) else { return .automatic }
        switch String(decoding: raw, as: UTF8.self) {
        case "\"\"", "\"auto\"": return .automatic
        case "\"hash\"": return .digest
        default:
            guard let count = try? members.integer(.saltLength), (0...8_192).contains(count) else {
                throw PluginError(
                    .invalidRequest,
                    "invalid salt_length: use \"auto\", \"hash\" or a number of bytes")
            }
            return .bytes(count)
        }
    }

    /// The bytes that are signed, out of what the client gave.
    func digest(of input: [UInt8], _ type: KeyType) throws(PluginError) -> [UInt8] {
        guard isPrehashed else {
            guard case .digest(let digest) = hash else { return input }
            do throws(CryptoError) { return try digest.hash(input) } catch {
                throw .cryptographyFailed
            }
        }
        // An ECDSA signature does not say which digest it is over, so any is good that is one.
        let sizes: [Int] =
            switch hash {
            case .none: Array(1...512)
            case .digest(let digest) where isHashGiven || type.isRSA: [digest.byteCount]
            case .digest: Digest.allCases.map(\.byteCount)
            }
        guard sizes.contains(input.count) else {
            throw PluginError(
                .invalidRequest,
                "the prehashed input has \(input.count) bytes, which no digest of that name has")
        }
        return input
    }

    /// How a key of the type signs a digest; nil for Ed25519, which takes the message.
    func scheme(_ type: KeyType) throws(PluginError) -> DigestScheme? {
        if type == .ed25519 { return nil }
        // A signature without the context that was asked for would say something else.
        guard signatureContext.isEmpty else {
            throw PluginError(
                .invalidRequest,
                "signature_context is not supported for keys of type \(type.name)")
        }
        if type.isECDSA { return marshaling == .jws ? .ecdsaRaw : .ecdsa }
        guard case .digest(let digest) = hash else { return .rsaPKCS1(nil) }
        return usesPSS ? .rsaPSS(digest, salt: salt) : .rsaPKCS1(digest)
    }

    /// Nil for plain Ed25519, which hashes in its own way whatever digest is named.
    func variant(_ input: [UInt8]) throws(PluginError) -> Ed25519Variant? {
        if isPrehashed {
            guard hash == .digest(.sha2With512Bits) else {
                throw PluginError(
                    .invalidRequest,
                    "prehashed input of an ed25519 key requires hash_algorithm=sha2-512")
            }
            _ = try digest(of: input, .ed25519)
        }
        return Ed25519Variant(isPrehashed: isPrehashed, context: signatureContext)
    }

    func encode(_ signature: [UInt8], into output: inout [UInt8]) {
        switch marshaling {
        case .asn1: signature.withUnsafeBytes { Base64.append($0, to: &output) }
        case .jws: output.append(contentsOf: Base64.encodeURL(signature).utf8)
        }
    }

    func decode(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
        switch marshaling {
        case .asn1: Base64.decode(text)
        case .jws: Base64.decodeURL(String(decoding: text, as: UTF8.self))
        }
    }
}

extension Members {
    /// Nil if there is none, or an empty one.
    func signatureContext() throws -> [UInt8]? {
        let context = try base64(
            .signatureContext, "failed to base64-decode signature_context")
        if let context, context.count > Ed25519Variant.maxContextBytes {
            throw PluginError(
                .invalidRequest,
                "a signature_context may have at most \(Ed25519Variant.maxContextBytes) bytes")
        }
        return context
    }

    /// What is to be signed, authenticated or checked.
    func input() throws -> [UInt8] {
        guard has(.input) else { throw PluginError(.invalidRequest, "missing input") }
        return try base64(.input, "unable to decode input as base64") ?? []
    }
}
