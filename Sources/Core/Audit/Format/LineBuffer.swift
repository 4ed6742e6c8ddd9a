// Lines on their way from a loop to a device: memory that is filled, handed over and used again.

internal import JSON

/// A lane fills it under its lock; from then on devices read it, and when none of them holds it any
/// more the lane fills it anew. Bytes of its own instead of an array's, because a line is put
/// together from a hundred small pieces.
final class LineBuffer: @unchecked Sendable {
    // Unchecked: written and read in turns, as said above.
    private var base: UnsafeMutableRawPointer
    private(set) var capacity: Int
    private(set) var count = 0

    init(capacity: Int = 4096) {
        self.capacity = max(capacity, 64)
        base = .allocate(byteCount: self.capacity, alignment: 16)
    }

    deinit { base.deallocate() }

    /// What is in it, valid until the next change.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

    func bytes(from start: Int) -> [UInt8] { Array(bytes[min(start, count)...]) }

    func removeAll() { count = 0 }

    /// Takes back what was appended after `count` was this.
    func truncate(to count: Int) { self.count = min(max(count, 0), self.count) }

    @inline(__always)
    func append(_ byte: UInt8) {
        room(for: 1).storeBytes(of: byte, as: UInt8.self)
        count &+= 1
    }

    @inline(__always)
    func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress else { return }
        room(for: bytes.count).copyMemory(from: source, byteCount: bytes.count)
        count &+= bytes.count
    }

    @inline(__always)
    func append(_ bytes: [UInt8]) { bytes.withUnsafeBytes { append($0) } }

    @inline(__always)
    func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// A text as a JSON string. Most have nothing to escape and are copied.
    func appendString(_ text: String) {
        var text = text
        let isDone = text.withUTF8 { utf8 in
            let bytes = UnsafeRawBufferPointer(utf8)
            guard JSONScanner.isPlainText(bytes) else { return false }
            let place = room(for: bytes.count + 2)
            place.storeBytes(of: UInt8(ascii: "\""), as: UInt8.self)
            if let source = bytes.baseAddress {
                (place + 1).copyMemory(from: source, byteCount: bytes.count)
            }
            (place + 1 + bytes.count).storeBytes(of: UInt8(ascii: "\""), as: UInt8.self)
            count &+= bytes.count + 2
            return true
        }
        if isDone { return }
        var writer = JSONWriter(reservingCapacity: 2 * text.utf8.count)
        writer.string(text)
        append(writer.bytes)
    }

    func append(_ value: Int64) {
        if value < 0 { append(UInt8(ascii: "-")) }
        append(digitsOf: value.magnitude, width: 1)
    }

    /// A number in decimal, with zeros in front up to `width` digits.
    func append(digitsOf value: UInt64, width: Int) {
        var digits = 1
        var bound: UInt64 = 10
        while digits < 20, value >= bound || digits < width {
            digits += 1
            // Beyond nineteen digits the bound would not fit; the count ends the loop there.
            bound = digits < 20 ? bound &* 10 : .max
        }
        let place = room(for: digits)
        var rest = value
        for index in stride(from: digits - 1, through: 0, by: -1) {
            place.storeBytes(
                of: UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10),
                toByteOffset: index, as: UInt8.self)
            rest /= 10
        }
        count &+= digits
    }

    /// The lower `count` hexadecimal digits of a number.
    func append(hexOf value: UInt64, digits: Int) {
        for index in stride(from: digits - 1, through: 0, by: -1) {
            let nibble = UInt8(truncatingIfNeeded: value >> UInt64(4 * index)) & 15
            append(nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") - 10 + nibble)
        }
    }

    @inline(__always)
    private func room(for more: Int) -> UnsafeMutableRawPointer {
        if more > capacity &- count { grow(by: more) }
        return base + count
    }

    private func grow(by more: Int) {
        let wider = max(2 * capacity, count + more)
        let moved = UnsafeMutableRawPointer.allocate(byteCount: wider, alignment: 16)
        moved.copyMemory(from: base, byteCount: count)
        base.deallocate()
        (base, capacity) = (moved, wider)
    }
}
