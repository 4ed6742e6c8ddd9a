// AES-256-GCM over arrays, for keys and configuration; the hot path uses buffers.

extension AES256GCM {
    /// Ciphertext followed by its tag.
    public func seal(
        _ plaintext: [UInt8], nonce: [UInt8], aad: [UInt8]
    ) throws(CryptoError) -> [UInt8] {
        let result: Result<[UInt8], CryptoError> = plaintext.withUnsafeBytes { text in
            nonce.withUnsafeBytes { nonce in
                aad.withUnsafeBytes { aad in
                    Result { () throws(CryptoError) in
                        var output: [UInt8] = []
                        try seal(text, nonce: nonce, aad: aad, into: &output)
                        return output
                    }
                }
            }
        }
        return try result.get()
    }

    public func open(
        _ sealed: [UInt8], nonce: [UInt8], aad: [UInt8]
    ) throws(CryptoError) -> [UInt8] {
        let result: Result<[UInt8], CryptoError> = sealed.withUnsafeBytes { sealed in
            nonce.withUnsafeBytes { nonce in
                aad.withUnsafeBytes { aad in
                    Result { () throws(CryptoError) in
                        try open(sealed, nonce: nonce, aad: aad)
                    }
                }
            }
        }
        return try result.get()
    }
}
