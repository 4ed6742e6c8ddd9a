// Private keys in any of the forms that people bring them in: PKCS #8, PKCS #1 and SEC 1.

internal import COpenSSL
public import Cryptography

extension PrivateKey {
    public static func read(der: [UInt8]) throws(CertificateError) -> PrivateKey {
        guard
            let key = Library.decode(
                der, { d2i_AutoPrivateKey(nil, &$0, $1) }, free: { EVP_PKEY_free($0) })
        else { throw CertificateError.malformed("private key") }
        do throws(CryptoError) { return PrivateKey(try EVPKey(owning: key)) } catch {
            throw CertificateError.unsuitable
        }
    }

    /// Whether the other is the same key.
    public func isSame(as other: PrivateKey) -> Bool {
        defer { ERR_clear_error() }
        return EVP_PKEY_eq(key.pointer, other.key.pointer) == 1
    }

    /// The public part, sharing the key's memory.
    public var publicPart: PublicKey { PublicKey(key) }
}
