/// What a cryptographic operation can fail with. Messages are fixed sentences: no key, nonce,
/// plaintext or OpenSSL error string is ever part of one.
public struct CryptoError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: Sendable, Hashable {
        case invalidKeyLength
        case invalidNonceLength
        /// The tag does not match: wrong key, wrong authenticated data, or changed bytes. The three
        /// are deliberately not told apart.
        case authenticationFailed
        /// Fewer bytes than a tag has.
        case truncated
        /// More bytes than one operation may process.
        case tooLarge
        /// Bytes that are no key, or a key of a kind or size that is not taken.
        case invalidKey
        /// The signature scheme is not one for this kind of key.
        case unsuitableKey
        /// OpenSSL refused or lacks an algorithm: a broken installation or no memory.
        case libraryFailure
    }

    public let code: Code
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }

    public static func == (a: CryptoError, b: CryptoError) -> Bool { a.code == b.code }
}
