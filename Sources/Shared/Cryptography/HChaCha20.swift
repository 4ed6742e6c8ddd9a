// HChaCha20 (draft-irtf-cfrg-xchacha, section 2.2), which OpenSSL does not offer, out of ChaCha20,
// which it does. A ChaCha20 block is the permuted state plus the state it began with; taking that
// away again leaves the permutation, and its outer rows are the subkey.

import COpenSSL

final class HChaCha20 {
    private let context: OpaquePointer

    init(key: UnsafeRawBufferPointer) throws(CryptoError) {
        guard key.count == 32, let cipher = Algorithms.chaCha20, let context = EVP_CIPHER_CTX_new()
        else { throw Self.libraryFailure }
        let bytes = key.bindMemory(to: UInt8.self).baseAddress
        guard EVP_CipherInit_ex2(context, cipher, bytes, nil, 1, nil) == 1 else {
            EVP_CIPHER_CTX_free(context)
            throw Self.libraryFailure
        }
        self.context = context
    }

    deinit { EVP_CIPHER_CTX_free(context) }

    private static var libraryFailure: CryptoError {
        ERR_clear_error()
        return CryptoError(.libraryFailure, "ChaCha20 is not available or failed")
    }

    /// 32 bytes out of 16, which OpenSSL takes as block counter and nonce: the state's last row.
    func subkey(_ input: UnsafeRawBufferPointer) throws(CryptoError) -> [UInt8] {
        let zeros = [UInt8](repeating: 0, count: 64)
        var block = [UInt8](repeating: 0, count: 64)
        var written: Int32 = 0
        let iv = input.bindMemory(to: UInt8.self).baseAddress
        guard input.count == 16, EVP_CipherInit_ex2(context, nil, nil, iv, -1, nil) == 1,
            EVP_CipherUpdate(context, &block, &written, zeros, 64) == 1, written == 64
        else { throw Self.libraryFailure }
        defer { zero(&block) }
        return [UInt8](unsafeUninitializedCapacity: 32) { subkey, count in
            block.withUnsafeBytes { block in
                for word in 0..<4 {
                    Self.subtract(Self.constants[word], block, 4 * word, subkey, 4 * word)
                    let start = input.loadUnaligned(fromByteOffset: 4 * word, as: UInt32.self)
                    Self.subtract(
                        UInt32(littleEndian: start), block, 48 + 4 * word, subkey, 16 + 4 * word)
                }
            }
            count = 32
        }
    }

    /// "expand 32-byte k", the state's first row.
    private static let constants: [UInt32] = [
        0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574,
    ]

    /// A word of the block less the word that it began with.
    private static func subtract(
        _ start: UInt32, _ block: UnsafeRawBufferPointer, _ place: Int,
        _ output: UnsafeMutableBufferPointer<UInt8>, _ target: Int
    ) {
        let word = UInt32(
            littleEndian: block.loadUnaligned(fromByteOffset: place, as: UInt32.self))
        UnsafeMutableRawBufferPointer(output).storeBytes(
            of: (word &- start).littleEndian, toByteOffset: target, as: UInt32.self)
    }
}
