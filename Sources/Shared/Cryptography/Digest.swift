// The digests of SHA-2 and SHA-3, and SHA-1 for old signatures, by the names that the API has for
// them.

import COpenSSL

public enum Digest: String, Sendable, Hashable, CaseIterable {
    /// Broken as a digest; some must still check or make signatures over it.
    case sha1
    case sha2With224Bits = "sha2-224"
    case sha2With256Bits = "sha2-256"
    case sha2With384Bits = "sha2-384"
    case sha2With512Bits = "sha2-512"
    case sha3With224Bits = "sha3-224"
    case sha3With256Bits = "sha3-256"
    case sha3With384Bits = "sha3-384"
    case sha3With512Bits = "sha3-512"

    public var byteCount: Int {
        switch self {
        case .sha1: 20
        case .sha2With224Bits, .sha3With224Bits: 28
        case .sha2With256Bits, .sha3With256Bits: 32
        case .sha2With384Bits, .sha3With384Bits: 48
        case .sha2With512Bits, .sha3With512Bits: 64
        }
    }

    var openSSLName: String {
        switch self {
        case .sha1: "SHA1"
        case .sha2With224Bits: "SHA2-224"
        case .sha2With256Bits: "SHA2-256"
        case .sha2With384Bits: "SHA2-384"
        case .sha2With512Bits: "SHA2-512"
        case .sha3With224Bits: "SHA3-224"
        case .sha3With256Bits: "SHA3-256"
        case .sha3With384Bits: "SHA3-384"
        case .sha3With512Bits: "SHA3-512"
        }
    }

    // Fetched algorithms are immutable and live as long as the process.
    private nonisolated(unsafe) static let fetchedAlgorithms: [OpaquePointer?] =
        allCases.map { EVP_MD_fetch(nil, $0.openSSLName, nil) }

    /// Fails only where the installed OpenSSL lacks the algorithm, as one in FIPS mode may.
    func fetched() throws(CryptoError) -> OpaquePointer {
        guard let place = Self.allCases.firstIndex(of: self),
            let algorithm = Self.fetchedAlgorithms[place]
        else {
            ERR_clear_error()
            throw CryptoError(.libraryFailure, "the digest is not available")
        }
        return algorithm
    }

    public func hash(_ bytes: UnsafeRawBufferPointer) throws(CryptoError) -> [UInt8] {
        let algorithm = try fetched()
        var length: UInt32 = 0
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        let status = EVP_Digest(
            bytes.baseAddress, bytes.count, &digest, &length, algorithm, nil)
        guard status == 1, Int(length) == byteCount else {
            ERR_clear_error()
            throw CryptoError(.libraryFailure, "the digest could not be computed")
        }
        return Array(digest.prefix(byteCount))
    }

    public func hash(_ bytes: [UInt8]) throws(CryptoError) -> [UInt8] {
        do {
            return try bytes.withUnsafeBytes { try hash($0) }
        } catch let error as CryptoError {
            throw error
        } catch {
            throw CryptoError(.libraryFailure, "the digest could not be computed")
        }
    }
}
