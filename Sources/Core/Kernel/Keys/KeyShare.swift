// Key shares that come in one by one for a change of keys on an unsealed server.

internal import Barrier
internal import Cryptography

/// The shares of one operation so far.
struct CollectedShares: Sendable {
    private(set) var shares: [SecretBytes] = []

    var count: Int { shares.count }

    /// A share that is there already is no progress, and said to be none.
    mutating func add(_ share: SecretBytes, during operation: String) throws(BackendFailure) {
        guard !shares.contains(where: { $0 == share }) else {
            throw BackendFailure(
                .invalidRequest,
                "given key has already been provided during this \(operation) operation")
        }
        shares.append(share)
    }

    /// All shares, which are forgotten: right or wrong, they are tried once.
    mutating func takeAll() -> [SecretBytes] {
        defer { shares = [] }
        return shares
    }
}

enum KeyShare {
    /// Reads a share as operators hand it in, in hex or base64.
    static func read(
        _ text: String?, for configuration: SealConfiguration
    ) throws(BackendFailure) -> SecretBytes {
        guard let text, !text.isEmpty else {
            throw BackendFailure(
                .invalidRequest, "'key' must be specified in request body as JSON")
        }
        guard var bytes = Hex.decode(text) ?? Base64.decode(text) else {
            throw BackendFailure(.invalidRequest, "'key' must be a valid hex or base64 string")
        }
        let share = SecretBytes(erasing: &bytes)
        let expected = configuration.shareBytes
        guard share.count == expected else {
            throw BackendFailure(
                .invalidRequest,
                "key is \(share.count) bytes long, but a key share of this server has \(expected)")
        }
        return share
    }

    static func combine(
        _ shares: [SecretBytes], threshold: Int
    ) throws(BackendFailure) -> SecretBytes {
        do throws(ShamirError) {
            return try Shamir.combineOrWhole(shares, threshold: threshold)
        } catch {
            throw BackendFailure(
                .invalidRequest, "invalid key: the key shares given do not fit together")
        }
    }

    static func split(
        _ unsealKey: SecretBytes, _ configuration: SealConfiguration
    ) throws(BackendFailure) -> [SecretBytes] {
        do throws(ShamirError) {
            return try Shamir.splitOrWhole(
                unsealKey, shares: configuration.shares, threshold: configuration.threshold)
        } catch { throw BackendFailure(.invalidRequest, error.message) }
    }
}

extension SealConfiguration {
    /// A share of several has its coordinate behind the value.
    var shareBytes: Int { threshold == 1 ? 32 : 33 }
}

/// A nonce names one operation: who does not know it cannot take part. Compared in constant time,
/// and never repeated to somebody who got it wrong.
struct OperationNonce: Sendable {
    let text = UUID128().text

    func check(_ given: String?, of operation: String) throws(BackendFailure) {
        guard constantTimeEqual(Array((given ?? "").utf8), Array(text.utf8)) else {
            throw BackendFailure(
                .invalidRequest, "incorrect nonce supplied for this \(operation) operation")
        }
    }
}
