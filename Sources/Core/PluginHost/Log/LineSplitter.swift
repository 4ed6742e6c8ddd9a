// Cuts a stream of bytes into lines of bounded length.

/// Keeps the beginning of an overlong line and skips the rest of it.
struct LineSplitter {
    struct Line: Equatable {
        var bytes: [UInt8]
        var isCut: Bool
    }

    private let longestLineBytes: Int
    private var pending: [UInt8] = []
    private var isSkipping = false

    init(longestLineBytes: Int) { self.longestLineBytes = longestLineBytes }

    mutating func append(_ bytes: UnsafeRawBufferPointer, _ emit: (Line) -> Void) {
        var rest = bytes[...]
        while let newline = rest.firstIndex(of: UInt8(ascii: "\n")) {
            take(rest[..<newline])
            finish(emit)
            rest = rest[(newline + 1)...]
        }
        take(rest)
    }

    /// The stream has ended: what is left is a line too.
    mutating func finish(_ emit: (Line) -> Void) {
        defer {
            pending.removeAll(keepingCapacity: true)
            isSkipping = false
        }
        if pending.last == UInt8(ascii: "\r") { pending.removeLast() }
        guard !pending.isEmpty else { return }
        emit(Line(bytes: pending, isCut: isSkipping))
    }

    private mutating func take(_ piece: Slice<UnsafeRawBufferPointer>) {
        let room = longestLineBytes - pending.count
        if piece.count > room { isSkipping = true }
        pending.append(contentsOf: piece.prefix(max(0, room)))
    }
}
