// A key of an authenticated cipher that many threads use: each takes a cipher and gives it back.

import COpenSSL
import Synchronization

public final class AEADKey: Sendable {
    /// One thread has a cipher at a time, which the pool sees to.
    private struct Idle: @unchecked Sendable {
        var ciphers: [AEADCipher] = []
    }

    private struct Taken: @unchecked Sendable {
        let cipher: AEADCipher?
    }

    /// Ciphers that are kept for the next use; more are made when more threads come.
    private static let maxIdle = 8

    public let algorithm: AEADAlgorithm
    private let key: SecretBytes
    private let idle = Mutex(Idle())

    public init(_ algorithm: AEADAlgorithm, key: SecretBytes) throws(CryptoError) {
        guard key.count == algorithm.keyByteCount else {
            throw CryptoError(.invalidKeyLength, "the key has the wrong size for its cipher")
        }
        self.algorithm = algorithm
        self.key = key
    }

    public func withCipher<Value>(
        _ body: (AEADCipher) throws(CryptoError) -> Value
    ) throws(CryptoError) -> Value {
        let cipher = try take()
        let value = try body(cipher)
        giveBack(cipher)
        return value
    }

    private func take() throws(CryptoError) -> AEADCipher {
        let taken = idle.withLock { Taken(cipher: $0.ciphers.popLast()) }
        if let cipher = taken.cipher { return cipher }
        return try key.withUnsafeBytes { (bytes) throws(CryptoError) -> AEADCipher in
            try AEADCipher(algorithm, key: bytes)
        }
    }

    private func giveBack(_ cipher: AEADCipher) {
        let given = Taken(cipher: cipher)
        idle.withLock { idle in
            guard idle.ciphers.count < Self.maxIdle, let cipher = given.cipher else { return }
            idle.ciphers.append(cipher)
        }
    }
}
