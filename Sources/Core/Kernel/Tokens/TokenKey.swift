// How a token is named in memory and in storage: by a keyed digest, never by itself.

internal import Cryptography

/// The salted digest of a token or accessor, after the token's number if it has one.
///
/// Storage and memory know tokens by this name only, so neither a copy of the store nor a timing of
/// the look-up tells a token. Four words instead of a text, because one is made for every request.
/// With a number they are the number, 128 bits of the digest and zero; without one, the digest.
struct TokenKey: Hashable, Sendable {
    let words: (UInt64, UInt64, UInt64, UInt64)

    private init(_ words: (UInt64, UInt64, UInt64, UInt64)) { self.words = words }

    init(digest: [UInt8]) {
        self.init(
            digest.withUnsafeBytes {
                (Self.word(0, $0), Self.word(1, $0), Self.word(2, $0), Self.word(3, $0))
            })
    }

    init(number: UInt64, digest: [UInt8]) {
        self.init(digest.withUnsafeBytes { (number, Self.word(0, $0), Self.word(1, $0), 0) })
    }

    /// The name before all that have this number.
    init(before number: UInt64) { self.init((number, 0, 0, 0)) }

    /// From a name in storage; `nil` if it is not one.
    init?(text: String) {
        if text.utf8.count == OrderedText.characters {
            guard let (first, second, third) = OrderedText.decode(text) else { return nil }
            self.init((first, second, third, 0))
            return
        }
        guard let digest = Hex.decode(text), digest.count == SHA256.byteCount else { return nil }
        self.init(digest: digest)
    }

    /// From `bytes`; `nil` for another count.
    init?(bytes: some Collection<UInt8>) {
        let bytes = Array(bytes)
        switch bytes.count {
        case 24:
            self.init(
                bytes.withUnsafeBytes {
                    (Self.word(0, $0), Self.word(1, $0), Self.word(2, $0), 0)
                })
        case SHA256.byteCount: self.init(digest: bytes)
        default: return nil
        }
    }

    private static func word(_ index: Int, _ bytes: UnsafeRawBufferPointer) -> UInt64 {
        guard bytes.count >= 8 * index + 8 else { return 0 }
        return UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self))
    }

    /// The token's number; `nil` for one without. A whole digest ends in eight zero bytes once in
    /// 2⁶⁴ times.
    var number: UInt64? { words.3 == 0 ? words.0 : nil }

    /// The token's name in storage. With a number 32 characters whose order is the numbers' order,
    /// else the digest in hexadecimal.
    var text: String {
        number == nil ? Hex.encode(bytes) : OrderedText.encode(words.0, words.1, words.2)
    }

    /// The same in fewer bytes, 24 or 32.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(SHA256.byteCount)
        func append(_ word: UInt64) {
            withUnsafeBytes(of: word.bigEndian) { bytes.append(contentsOf: $0) }
        }
        append(words.0)
        append(words.1)
        append(words.2)
        if number == nil { append(words.3) }
        return bytes
    }

    /// For spreading over shards; the digest is as good as random.
    var shardNumber: UInt64 { words.2 }

    func hash(into hasher: inout Hasher) {
        hasher.combine(words.1)
        hasher.combine(words.2)
    }

    static func == (left: TokenKey, right: TokenKey) -> Bool { left.words == right.words }
}
