// The ciphers that encrypt and authenticate at once, by their sizes.

import COpenSSL

public enum AEADAlgorithm: Sendable, Hashable, CaseIterable {
    case aes128GCM
    case aes256GCM
    case chaCha20Poly1305
    /// draft-irtf-cfrg-xchacha: a nonce so long that random ones never meet.
    case xChaCha20Poly1305

    public static let tagByteCount = 16

    public var keyByteCount: Int { self == .aes128GCM ? 16 : 32 }

    public var nonceByteCount: Int { self == .xChaCha20Poly1305 ? 24 : 12 }

    /// What OpenSSL has of it. XChaCha20-Poly1305 is the other one under a derived key.
    var fetched: OpaquePointer? {
        switch self {
        case .aes128GCM: Algorithms.aes128GCM
        case .aes256GCM: Algorithms.aes256GCM
        case .chaCha20Poly1305, .xChaCha20Poly1305: Algorithms.chaCha20Poly1305
        }
    }
}
