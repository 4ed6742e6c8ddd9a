// The digests that signatures are made over.

import COpenSSL

public enum HashAlgorithm: String, Sendable, Hashable, CaseIterable {
    case sha256
    case sha384
    case sha512

    var fetched: OpaquePointer? {
        switch self {
        case .sha256: Algorithms.sha256
        case .sha384: Algorithms.sha384
        case .sha512: Algorithms.sha512
        }
    }
}
