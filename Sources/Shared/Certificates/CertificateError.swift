// What reading, making and checking certificates can fail with. Messages are fixed sentences and
// never OpenSSL's, which may quote what was read.

internal import COpenSSL

public struct CertificateError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: Sendable, Hashable {
        /// Bytes that are not what they should be.
        case malformed
        /// A value that cannot stand where it was to stand.
        case invalidValue
        /// A key of a kind or size that is not taken.
        case unsuitableKey
        /// OpenSSL refused or is out of memory.
        case libraryFailure
    }

    public let code: Code
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }

    public static func == (a: CertificateError, b: CertificateError) -> Bool { a.code == b.code }

    static var library: CertificateError {
        ERR_clear_error()
        return CertificateError(.libraryFailure, "an operation with a certificate failed")
    }

    static func malformed(_ what: String) -> CertificateError {
        ERR_clear_error()
        return CertificateError(.malformed, "the bytes are no \(what)")
    }
}
