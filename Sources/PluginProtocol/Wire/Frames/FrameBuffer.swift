// Bytes that came from a peer and are not yet consumed. What is consumed, moved or freed is wiped.

struct FrameBuffer: ~Copyable, @unchecked Sendable {
    private var memory: UnsafeMutableRawBufferPointer
    private var start = 0
    private var end = 0

    /// An empty buffer larger than this is given back.
    private static let keptBytes = 256 << 10

    init() {
        memory = .init(start: nil, count: 0)
    }

    deinit {
        wipe(UnsafeMutableRawBufferPointer(rebasing: memory[start..<end]))
        memory.deallocate()
    }

    var count: Int { end - start }

    var readable: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[start..<end]) }

    /// Lets `body` write behind what is there; it returns how many bytes it wrote.
    mutating func write(
        atLeast room: Int, _ body: (UnsafeMutableRawBufferPointer) -> Int
    ) -> Int {
        makeRoom(room)
        let written = body(UnsafeMutableRawBufferPointer(rebasing: memory[end...]))
        precondition(written <= memory.count - end)
        end += max(written, 0)
        return written
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard !bytes.isEmpty else { return }
        makeRoom(bytes.count)
        UnsafeMutableRawBufferPointer(rebasing: memory[end...]).copyMemory(from: bytes)
        end += bytes.count
    }

    /// Wipes the first `count` bytes and forgets them.
    mutating func consume(_ count: Int) {
        wipe(UnsafeMutableRawBufferPointer(rebasing: memory[start..<start + count]))
        start += count
        guard start == end else { return }
        start = 0
        end = 0
        if memory.count > Self.keptBytes {
            memory.deallocate()
            memory = .init(start: nil, count: 0)
        }
    }

    private mutating func makeRoom(_ room: Int) {
        guard memory.count - end < room else { return }
        let held = count
        if held + room <= memory.count, start >= held {
            // The halves do not overlap, so moving down is one copy and one wipe.
            memory.copyMemory(from: readable)
            wipe(UnsafeMutableRawBufferPointer(rebasing: memory[start..<end]))
        } else {
            let larger = UnsafeMutableRawBufferPointer.allocate(
                byteCount: max(held + room, memory.count * 2), alignment: 16)
            larger.copyMemory(from: readable)
            wipe(UnsafeMutableRawBufferPointer(rebasing: memory[start..<end]))
            memory.deallocate()
            memory = larger
        }
        start = 0
        end = held
    }
}
