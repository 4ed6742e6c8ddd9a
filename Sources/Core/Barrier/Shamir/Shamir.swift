// Shamir's secret sharing, byte by byte over GF(256), with shares in Vault's layout.

public import Cryptography

public struct ShamirError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: Sendable, Hashable {
        case invalidParameters
        case tooFewShares
        case malformedShare
        case unequalLengths
        case duplicateShare
    }

    public let code: Code
    public let message: String

    public var description: String { message }

    public static func == (a: ShamirError, b: ShamirError) -> Bool { a.code == b.code }
}

/// A share is the value of one random polynomial for each byte of the secret at a common x,
/// followed by x. Shares carry no check: a wrong one gives a wrong secret, which the caller finds
/// out.
public enum Shamir {
    public static let maxShares = 255
    static let maxSecretBytes = 64 << 10

    public static func split(
        _ secret: SecretBytes, shares: Int, threshold: Int
    ) throws(ShamirError) -> [SecretBytes] {
        guard (2...maxShares).contains(shares), (2...shares).contains(threshold) else {
            throw ShamirError(
                code: .invalidParameters,
                message: "a secret is split into 2 to 255 shares, with a threshold from 2 to that")
        }
        guard (1...maxSecretBytes).contains(secret.count) else {
            throw ShamirError(
                code: .invalidParameters, message: "the secret to split is empty or too long")
        }
        // Uniform, zeros included: a leading coefficient that cannot be zero would tell something.
        let coefficients = SecretBytes(random: (threshold - 1) * secret.count)
        return coordinates(shares).map { x in
            share(of: secret, coefficients, degree: threshold - 1, at: x)
        }
    }

    public static func combine(_ shares: [SecretBytes]) throws(ShamirError) -> SecretBytes {
        let weights = try weights(of: shares)
        let count = shares[0].count - 1
        return SecretBytes(count: count) { secret in
            for (share, weight) in zip(shares, weights) {
                share.withUnsafeBytes { values in
                    for index in 0..<count {
                        secret[index] ^= GF256.multiply(values[index], weight)
                    }
                }
            }
        }
    }

    /// As Vault does it: a single share is the secret itself.
    public static func splitOrWhole(
        _ secret: SecretBytes, shares: Int, threshold: Int
    ) throws(ShamirError) -> [SecretBytes] {
        if shares == 1, threshold == 1 { return [secret] }
        return try split(secret, shares: shares, threshold: threshold)
    }

    public static func combineOrWhole(
        _ shares: [SecretBytes], threshold: Int
    ) throws(ShamirError) -> SecretBytes {
        if threshold == 1, shares.count == 1 { return shares[0] }
        return try combine(shares)
    }

    /// Random, distinct, not zero (where the secret lies). They are no secret.
    private static func coordinates(_ count: Int) -> [UInt8] {
        var all = [UInt8](1...255)
        for index in 0..<count {
            let other = index + Int(SecureRandom.below(UInt64(all.count - index)))
            all.swapAt(index, other)
        }
        return Array(all[..<count])
    }

    private static func share(
        of secret: SecretBytes, _ coefficients: SecretBytes, degree: Int, at x: UInt8
    ) -> SecretBytes {
        SecretBytes(count: secret.count + 1) { share in
            secret.withUnsafeBytes { secret in
                coefficients.withUnsafeBytes { coefficients in
                    for index in 0..<secret.count {
                        var value: UInt8 = 0
                        for power in 0..<degree {
                            let coefficient = coefficients[index * degree + power]
                            value = GF256.multiply(value, x) ^ coefficient
                        }
                        share[index] = GF256.multiply(value, x) ^ secret[index]
                    }
                }
            }
            share[share.count - 1] = x
        }
    }

    /// Each share's Lagrange weight at zero.
    private static func weights(of shares: [SecretBytes]) throws(ShamirError) -> [UInt8] {
        guard shares.count >= 2, shares.count <= maxShares else {
            throw ShamirError(code: .tooFewShares, message: "2 to 255 shares are needed")
        }
        let count = shares[0].count
        guard shares.allSatisfy({ $0.count == count }) else {
            throw ShamirError(code: .unequalLengths, message: "the shares differ in length")
        }
        guard count >= 2 else {
            throw ShamirError(code: .malformedShare, message: "a share is too short")
        }
        let coordinates = shares.map { share in share.withUnsafeBytes { $0[count - 1] } }
        guard !coordinates.contains(0) else {
            throw ShamirError(code: .malformedShare, message: "a share has no valid coordinate")
        }
        guard Set(coordinates).count == coordinates.count else {
            throw ShamirError(code: .duplicateShare, message: "a share was given twice")
        }
        return coordinates.enumerated().map { index, x in
            var weight: UInt8 = 1
            for (other, y) in coordinates.enumerated() where other != index {
                weight = GF256.multiply(weight, GF256.multiply(y, GF256.inverse(x ^ y)))
            }
            return weight
        }
    }
}
