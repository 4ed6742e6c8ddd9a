// Decryption of one text. Whatever is wrong with it is answered in one way: who could tell the
// cases apart could use the server to find out what it must not.

import Cryptography
import PluginSDK

extension LoadedKey {
    /// Hands the plaintext to `body`; it is gone when that returns.
    func decrypt<Value>(
        _ text: UnsafeRawBufferPointer, _ input: CipherInput, _ scratch: Scratch,
        _ body: (UnsafeRawBufferPointer) throws -> Value
    ) throws -> Value {
        guard type.supportsEncryption else {
            throw PluginError(
                .invalidRequest, "message decryption not supported for key type \(type.name)")
        }
        let parsed = try VersionedText(text, noun: "ciphertext")
        try ring.requireReadable(parsed.version, noun: "ciphertext")
        let keys = try keys(parsed.version)
        let payload = parsed.payload
        guard payload.count % 4 == 0 else { throw PluginError.undecryptable }

        let sealedRoom = payload.count / 4 * 3
        let room = scratch.room(2 * sealedRoom)
        let target = UnsafeMutableRawBufferPointer(rebasing: room[..<sealedRoom])
        guard let count = Base64.decode(payload, into: target) else {
            throw PluginError.undecryptable
        }
        let sealed = UnsafeRawBufferPointer(rebasing: target[..<count])
        if type.isRSA {
            var plaintext = try keys.decryptWithRSA(sealed)
            defer { zero(&plaintext) }
            return try plaintext.withUnsafeBytes(body)
        }
        let rest = UnsafeMutableRawBufferPointer(rebasing: room[sealedRoom...])
        return try body(try keys.open(sealed, ring, input, into: rest))
    }
}

extension VersionKeys {
    fileprivate func open(
        _ sealed: UnsafeRawBufferPointer, _ ring: KeyRing, _ input: CipherInput,
        into room: UnsafeMutableRawBufferPointer
    ) throws -> UnsafeRawBufferPointer {
        try requireNonce(input.nonce, ring)
        do {
            return try withCipher(ring, input.context) {
                (cipher, _) throws(CryptoError) -> UnsafeRawBufferPointer in
                let start = carriesNonce(ring) ? cipher.algorithm.nonceByteCount : 0
                let textCount = sealed.count - start - AEADAlgorithm.tagByteCount
                guard textCount >= 0 else {
                    throw CryptoError(.truncated, "a ciphertext is shorter than nonce and tag")
                }
                let target = UnsafeMutableRawBufferPointer(rebasing: room[..<textCount])
                let nonce = start > 0 ? Array(sealed[..<start]) : input.nonce ?? []
                try nonce.withUnsafeBytesThrowing { nonce throws(CryptoError) in
                    try input.associatedData.withUnsafeBytesThrowing { aad throws(CryptoError) in
                        try cipher.open(
                            UnsafeRawBufferPointer(rebasing: sealed[start...]), nonce: nonce,
                            aad: aad, to: target)
                    }
                }
                return UnsafeRawBufferPointer(target)
            }
        } catch is CryptoError { throw PluginError.undecryptable }
    }

    fileprivate func decryptWithRSA(_ sealed: UnsafeRawBufferPointer) throws -> [UInt8] {
        guard let key = try privateKey() else {
            throw PluginError(
                .invalidRequest, "only the public key of this version was imported")
        }
        do { return try key.decryptOAEP(sealed, digest: .sha2With256Bits) } catch {
            throw PluginError.undecryptable
        }
    }
}

extension PluginError {
    static let undecryptable = PluginError(
        .invalidRequest, "invalid ciphertext: unable to decrypt")
}
