// Secret sharing: the field, the shares, and what a person may feed into it.

import Cryptography
import Testing

@testable import Barrier

@Suite struct ShamirTests {
    /// Schoolbook multiplication and reduction by x⁸ + x⁴ + x³ + x + 1.
    static func reference(_ a: UInt8, _ b: UInt8) -> UInt8 {
        var product: UInt16 = 0
        for bit in 0..<8 where b >> bit & 1 == 1 { product ^= UInt16(a) << bit }
        for bit in (8..<16).reversed() where product >> bit & 1 == 1 {
            product ^= 0x11b << (bit - 8)
        }
        return UInt8(product)
    }

    @Test("every product of the field is right")
    func products() {
        for a in UInt8.min...UInt8.max {
            for b in UInt8.min...UInt8.max where GF256.multiply(a, b) != Self.reference(a, b) {
                Issue.record("\(a) × \(b)")
            }
        }
        #expect(GF256.multiply(3, 7) == 9)
        #expect(GF256.multiply(0x53, 0xca) == 1)
    }

    @Test("every element but zero has its inverse")
    func inverses() {
        for a in UInt8(1)...255 where GF256.multiply(a, GF256.inverse(a)) != 1 {
            Issue.record("\(a)")
        }
        #expect(GF256.inverse(0) == 0)
    }

    @Test(
        "any threshold of the shares gives the secret back",
        arguments: [(2, 2), (3, 2), (5, 3), (7, 7), (20, 11), (255, 2), (255, 255)])
    func anyThreshold(_ shares: Int, _ threshold: Int) throws {
        let secret = SecretBytes(random: 32)
        let all = try Shamir.split(secret, shares: shares, threshold: threshold)
        #expect(all.count == shares)
        #expect(all.allSatisfy { $0.count == 33 })
        for _ in 0..<5 {
            let some = Array(all.shuffled().prefix(threshold))
            #expect(try Shamir.combine(some) == secret)
        }
        #expect(try Shamir.combine(all) == secret)
    }

    @Test("all pairs and triples of five shares with threshold three: triples open, pairs do not")
    func everySubset() throws {
        let secret = SecretBytes(random: 16)
        let all = try Shamir.split(secret, shares: 5, threshold: 3)
        for mask in 1..<32 where mask.nonzeroBitCount >= 2 {
            let some = all.indices.filter { mask >> $0 & 1 == 1 }.map { all[$0] }
            #expect(try (Shamir.combine(some) == secret) == (some.count >= 3))
        }
    }

    @Test("coordinates are distinct, never zero, and not always the same")
    func coordinates() throws {
        var seen = Set<[UInt8]>()
        for _ in 0..<20 {
            let shares = try Shamir.split(SecretBytes([1]), shares: 5, threshold: 2)
            let x = shares.map { $0.exposedBytes()[1] }
            #expect(Set(x).count == 5 && !x.contains(0))
            seen.insert(x)
        }
        #expect(seen.count > 10)
        let all = try Shamir.split(SecretBytes([1]), shares: 255, threshold: 2)
        #expect(Set(all.map { $0.exposedBytes()[1] }) == Set(1...255))
    }

    @Test("a share below the threshold says nothing: every value of it occurs for one secret")
    func uniform() throws {
        var seen = Set<UInt8>()
        for _ in 0..<5000 {
            let shares = try Shamir.split(SecretBytes([0x42]), shares: 2, threshold: 2)
            seen.insert(shares[0].exposedBytes()[0])
        }
        #expect(seen.count == 256)
    }

    @Test("shares of Vault's implementation combine here")
    func vaultLayout() throws {
        // The line 0x42 + 0x1f·x, by hand, at x = 1 and x = 0x80; the coordinate comes last.
        let shares = [UInt8(1), 0x80].map { x in
            SecretBytes([0x42 ^ Self.reference(0x1f, x), x])
        }
        #expect(try Shamir.combine(shares) == SecretBytes([0x42]))
    }

    @Test(
        "impossible parameters are refused",
        arguments: [(1, 1), (2, 1), (2, 3), (256, 2), (0, 0), (-1, 2), (5, 0), (5, -3)])
    func parameters(_ shares: Int, _ threshold: Int) {
        #expect(throws: ShamirError(code: .invalidParameters, message: "")) {
            try Shamir.split(SecretBytes([1]), shares: shares, threshold: threshold)
        }
    }

    @Test("an empty secret is refused")
    func empty() {
        #expect(throws: ShamirError(code: .invalidParameters, message: "")) {
            try Shamir.split(SecretBytes([]), shares: 2, threshold: 2)
        }
    }

    @Test(
        "shares that cannot belong together are refused",
        arguments: [
            ([], ShamirError.Code.tooFewShares), ([[1, 1]], .tooFewShares),
            ([[1, 1], [2, 1]], .duplicateShare), ([[1, 1], [1, 1]], .duplicateShare),
            ([[1, 1], [1, 2, 2]], .unequalLengths), ([[1], [2]], .malformedShare),
            ([[], []], .malformedShare), ([[1, 0], [1, 2]], .malformedShare),
        ] as [([[UInt8]], ShamirError.Code)])
    func malformed(_ shares: [[UInt8]], _ code: ShamirError.Code) {
        #expect(throws: ShamirError(code: code, message: "")) {
            try Shamir.combine(shares.map { SecretBytes($0) })
        }
    }

    @Test("one share of one is the secret itself")
    func whole() throws {
        let secret = SecretBytes(random: 32)
        let shares = try Shamir.splitOrWhole(secret, shares: 1, threshold: 1)
        #expect(shares == [secret])
        #expect(try Shamir.combineOrWhole(shares, threshold: 1) == secret)
        let three = try Shamir.splitOrWhole(secret, shares: 3, threshold: 2)
        #expect(try Shamir.combineOrWhole(Array(three[1...]), threshold: 2) == secret)
    }
}
