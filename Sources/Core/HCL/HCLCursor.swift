// Walks the bytes of a text and knows the line and column of the next one.

struct HCLCursor {
    private let bytes: [UInt8]
    private(set) var offset = 0
    private var line = 1
    private var column = 1

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var position: HCLPosition { HCLPosition(line: line, column: column) }

    var isAtEnd: Bool { offset >= bytes.count }

    /// The byte that is `ahead` bytes further on, or nil beyond the end.
    func peek(_ ahead: Int = 0) -> UInt8? {
        let index = offset + ahead
        return index < bytes.count ? bytes[index] : nil
    }

    func isNext(_ byte: Character) -> Bool { peek() == byte.asciiValue }

    mutating func advance() {
        guard offset < bytes.count else { return }
        let byte = bytes[offset]
        offset += 1
        if byte == UInt8(ascii: "\n") {
            line += 1
            column = 1
        } else if offset >= bytes.count || bytes[offset] & 0xC0 != 0x80 {
            // The next byte begins a scalar, so the one that ended here has been passed.
            column += 1
        }
    }

    mutating func advance(_ count: Int) {
        for _ in 0..<count { advance() }
    }

    mutating func skip(while isSkipped: (UInt8) -> Bool) {
        while let byte = peek(), isSkipped(byte) { advance() }
    }

    func bytes(from start: Int) -> ArraySlice<UInt8> { bytes[start..<offset] }

    func text(from start: Int) -> String { String(decoding: bytes(from: start), as: UTF8.self) }
}
