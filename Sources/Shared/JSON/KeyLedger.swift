// The keys of the objects that are open while a document is read, so that a key given twice is
// refused: of two parsers that see {"a":1,"a":2} one would check the first and the other use the
// last.

/// One key: where it stands and a fingerprint of the bytes it stands for.
struct KeyEntry {
    let fingerprint: UInt64
    let start: UInt32
    /// The top bit tells whether the key has escapes.
    private let lengthAndEscapes: UInt32

    init(_ span: JSONSpan, fingerprint: UInt64) {
        self.fingerprint = fingerprint
        self.start = UInt32(truncatingIfNeeded: span.start)
        self.lengthAndEscapes =
            UInt32(truncatingIfNeeded: span.count) | (span.hasEscapes ? 0x8000_0000 : 0)
    }

    var span: JSONSpan {
        let start = Int(start)
        return JSONSpan(
            start: start, end: start + Int(lengthAndEscapes & 0x7FFF_FFFF),
            hasEscapes: lengthAndEscapes & 0x8000_0000 != 0)
    }
}

/// A stack of keys: an object's keys lie above those of the objects around it. It starts in memory
/// that the caller lends (the stack) and moves to the heap when that is full.
struct KeyLedger: ~Copyable {
    /// With this many entries the lent memory is 1 KiB, which the runtime always puts on the stack.
    static let lentCapacity = 64
    /// Up to here every key is compared with every other; beyond, a hash set is made.
    static let pairwiseLimit = 16

    private var entries: UnsafeMutablePointer<KeyEntry>
    private var capacity: Int
    private var isOwned = false
    private(set) var count = 0

    init(lent: UnsafeMutableBufferPointer<KeyEntry>) {
        if let start = lent.baseAddress {
            entries = start
            capacity = lent.count
        } else {
            entries = .allocate(capacity: Self.lentCapacity)
            capacity = Self.lentCapacity
            isOwned = true
        }
    }

    deinit {
        if isOwned { entries.deallocate() }
    }

    @inline(__always)
    mutating func append(_ span: JSONSpan, in text: JSONText) {
        if count == capacity { grow() }
        let fingerprint = KeyFingerprint.of(span, in: text)
        (entries + count).initialize(to: KeyEntry(span, fingerprint: fingerprint))
        count &+= 1
    }

    /// Forgets the keys of an object that has ended.
    @inline(__always)
    mutating func drop(to mark: Int) { count = mark }

    private mutating func grow() {
        let bigger = UnsafeMutablePointer<KeyEntry>.allocate(capacity: capacity * 2)
        bigger.moveInitialize(from: entries, count: count)
        if isOwned { entries.deallocate() }
        entries = bigger
        capacity *= 2
        isOwned = true
    }

    /// The place of a key above `mark` that was there before, if there is one.
    @inline(__always)
    func duplicate(above mark: Int, in text: JSONText) -> Int? {
        let members = count &- mark
        if members < 2 { return nil }
        if members > Self.pairwiseLimit { return duplicateBySet(above: mark, in: text) }
        for later in (mark &+ 1)..<count {
            let fingerprint = entries[later].fingerprint
            for earlier in mark..<later where entries[earlier].fingerprint == fingerprint {
                if text.equal(entries[earlier].span, entries[later].span) {
                    return Int(entries[later].start)
                }
            }
        }
        return nil
    }

    /// An open-addressed set of indexes. The hash is seeded anew in each process, so that nobody
    /// can prepare keys that all fall into one slot.
    private func duplicateBySet(above mark: Int, in text: JSONText) -> Int? {
        let members = count - mark
        let slots = 1 << (Int.bitWidth - (members * 2 - 1).leadingZeroBitCount)
        return withUnsafeTemporaryAllocation(of: UInt32.self, capacity: slots) { table in
            table.initialize(repeating: .max)
            for index in 0..<members {
                let entry = entries[mark + index]
                var slot = KeyFingerprint.seededHash(of: entry.span, in: text) & (slots - 1)
                while table[slot] != .max {
                    let other = entries[mark + Int(table[slot])]
                    if other.fingerprint == entry.fingerprint, text.equal(other.span, entry.span) {
                        return Int(entry.start)
                    }
                    slot = (slot + 1) & (slots - 1)
                }
                table[slot] = UInt32(truncatingIfNeeded: index)
            }
            return nil
        }
    }
}

/// Equal keys have equal fingerprints, however they are escaped; the reverse is checked.
enum KeyFingerprint {
    @inline(__always)
    static func of(_ span: JSONSpan, in text: JSONText) -> UInt64 {
        if span.hasEscapes || span.start &+ 8 > text.count { return ofUnescaped(span, in: text) }
        let first = text.load8(span.start)
        let length = span.end &- span.start
        if length >= 8 { return mix(first, text.load8(span.end &- 8), length) }
        return mix(first & ((1 &<< (UInt64(length) &* 8)) &- 1), 0, length)
    }

    private static func ofUnescaped(_ span: JSONSpan, in text: JSONText) -> UInt64 {
        var first: UInt64 = 0
        var last: UInt64 = 0
        var length = 0
        for byte in UnescapedBytes(text, span) {
            if length < 8 { first |= UInt64(byte) << UInt64(length * 8) }
            last = last >> 8 | UInt64(byte) << 56
            length += 1
        }
        return mix(first, length >= 8 ? last : 0, length)
    }

    @inline(__always)
    private static func mix(_ first: UInt64, _ last: UInt64, _ length: Int) -> UInt64 {
        (first &* 0x9E37_79B9_7F4A_7C15) ^ (last &* 0xC2B2_AE3D_27D4_EB4F) &+ UInt64(length)
    }

    static func seededHash(of span: JSONSpan, in text: JSONText) -> Int {
        var hasher = Hasher()
        if span.hasEscapes {
            let bytes = Array(UnescapedBytes(text, span))
            bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
        } else {
            hasher.combine(
                bytes: UnsafeRawBufferPointer(start: text.base + span.start, count: span.count))
        }
        return hasher.finalize()
    }
}
