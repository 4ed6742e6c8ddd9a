// One signature made, one checked.

import Cryptography
import Ed25519Variants
import PluginSDK

extension LoadedKey {
    /// The signature, and the public key if it belongs to the context.
    func sign(
        _ input: [UInt8], _ form: SignatureForm, context: [UInt8]?, version number: Int
    ) throws -> (signature: [UInt8], derivedKey: [UInt8]?) {
        let keys = try keys(number)
        try requireContext(context)
        guard let scheme = try form.scheme(type) else {
            let key = ring.isDerived ? try keys.derivedEd25519(context) : try keys.privateKey()
            guard let key else { throw PluginError.publicOnly }
            let variant = try form.variant(input)
            do {
                let derived = ring.isDerived ? try key.publicKey().ed25519Bytes() : nil
                guard let variant else { return (try key.sign(input, .ed25519), derived) }
                return (try key.sign(input, variant), derived)
            } catch { throw PluginError.cryptographyFailed }
        }
        let digest = try form.digest(of: input, type)
        guard let key = try keys.privateKey() else { throw PluginError.publicOnly }
        do throws(CryptoError) { return (try key.sign(digest: digest, scheme), nil) } catch {
            guard error.code == .tooLarge else { throw PluginError.cryptographyFailed }
            throw PluginError(
                .invalidRequest,
                "the hash algorithm and the salt length do not fit the size of the key")
        }
    }

    func verify(
        _ text: UnsafeRawBufferPointer, of input: [UInt8], _ form: SignatureForm,
        context: [UInt8]?
    ) throws -> Bool {
        let parsed = try VersionedText(text, noun: "signature")
        try ring.requireReadable(parsed.version, noun: "signature")
        try requireContext(context)
        guard let signature = form.decode(parsed.payload) else {
            throw PluginError(.invalidRequest, "invalid base64 signature value")
        }
        let keys = try keys(parsed.version)
        do {
            guard let scheme = try form.scheme(type) else {
                let key =
                    ring.isDerived
                    ? try keys.derivedEd25519(context).publicKey() : try keys.publicKey()
                guard let variant = try form.variant(input) else {
                    return try key.verify(signature, of: input, .ed25519)
                }
                return try key.verify(signature, of: input, variant)
            }
            let digest = try form.digest(of: input, type)
            return try keys.publicKey().verify(signature, ofDigest: digest, scheme)
        } catch is CryptoError { throw PluginError.cryptographyFailed }
    }

    func requireSigning() throws(PluginError) {
        guard type.supportsSigning else {
            throw PluginError(
                .invalidRequest, "key type \(type.name) does not support signing")
        }
    }

    private func requireContext(_ context: [UInt8]?) throws(PluginError) {
        if context != nil, !ring.isDerived {
            throw PluginError(
                .invalidRequest, "the key is not derived, so it takes no context")
        }
    }
}

extension PluginError {
    static let publicOnly = PluginError(
        .invalidRequest, "only the public key of this version was imported")
}
