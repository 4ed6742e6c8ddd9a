// Keys by their bytes: Swift's own string comparison holds "é" and "e\u{301}" for equal, and a
// store that agreed would let one path read another's entry.

import Glibc

struct ByteKey: Hashable, Sendable {
    let text: String

    init(_ text: String) { self.text = text }

    static func == (a: ByteKey, b: ByteKey) -> Bool {
        a.text.utf8.count == b.text.utf8.count && order(a.text, b.text) == 0
    }

    func hash(into hasher: inout Hasher) {
        Self.withBytes(text) { hasher.combine(bytes: $0) }
    }

    /// Negative, zero or positive, as `memcmp`.
    static func order(_ a: String, _ b: String) -> Int {
        withBytes(a) { a in withBytes(b) { order(a, $0) } }
    }

    static func order(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Int {
        let common = min(a.count, b.count)
        if common > 0, let first = a.baseAddress, let second = b.baseAddress {
            let difference = memcmp(first, second, common)
            if difference != 0 { return Int(difference) }
        }
        return a.count - b.count
    }

    @inline(__always)
    static func withBytes<Value>(
        _ text: String, _ body: (UnsafeRawBufferPointer) -> Value
    ) -> Value {
        let fast = text.utf8.withContiguousStorageIfAvailable { body(UnsafeRawBufferPointer($0)) }
        if let fast { return fast }
        return Array(text.utf8).withUnsafeBytes(body)
    }
}
