// How a token is named in memory and in storage: by a keyed digest, never by itself.

internal import Cryptography

/// The salted digest of a token or accessor.
///
/// Storage and memory know tokens by this name only, so neither a copy of the store nor a timing of
/// the look-up tells a token. Four words instead of a text, because one is made for every request.
struct TokenKey: Hashable, Sendable {
    private let words: (UInt64, UInt64, UInt64, UInt64)

    init(digest: [UInt8]) {
        func word(_ index: Int) -> UInt64 {
            digest.dropFirst(8 * index).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        }
        words = (word(0), word(1), word(2), word(3))
    }

    /// From a name in storage; `nil` if it is not one.
    init?(text: String) {
        guard let digest = Hex.decode(text), digest.count == SHA256.byteCount else { return nil }
        self.init(digest: digest)
    }

    /// The token's name in storage: the digest in hexadecimal.
    var text: String {
        var digest: [UInt8] = []
        digest.reserveCapacity(SHA256.byteCount)
        for word in [words.0, words.1, words.2, words.3] {
            for shift in stride(from: 56, through: 0, by: -8) {
                digest.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
            }
        }
        return Hex.encode(digest)
    }

    /// For spreading over shards; the digest is as good as random.
    var shardNumber: UInt64 { words.3 }

    func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
    }

    static func == (left: TokenKey, right: TokenKey) -> Bool { left.words == right.words }
}
