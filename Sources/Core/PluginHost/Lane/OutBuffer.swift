// Frames on their way to a plugin: gathered during a tick, written once at its end, wiped when
// written.

internal import NIOCore
internal import Wire

/// Confined to one event loop.
struct OutBuffer {
    /// Appended to by `Message.encode`.
    var gathered: [UInt8] = []
    private(set) var writtenBytes = 0
    private var spare: ByteBuffer?

    /// A buffer that grew larger than this for one large frame is given back.
    private static let keptBytes = 256 * 1024

    var pendingBytes: Int { gathered.count + writtenBytes }

    /// Everything gathered since the last call; it counts as pending until `written` says that it
    /// is gone.
    mutating func take(_ allocator: ByteBufferAllocator) -> ByteBuffer? {
        guard !gathered.isEmpty else { return nil }
        var buffer = spare ?? allocator.buffer(capacity: max(gathered.count, 16 * 1024))
        spare = nil
        buffer.clear()
        buffer.writeBytes(gathered)
        wipe(&gathered)
        if gathered.capacity > Self.keptBytes {
            gathered = []
        } else {
            gathered.removeAll(keepingCapacity: true)
        }
        writtenBytes += buffer.readableBytes
        return buffer
    }

    /// The socket has taken the buffer, or never will.
    mutating func written(_ buffer: ByteBuffer) {
        writtenBytes -= buffer.readableBytes
        wipeReadable(buffer)
        if buffer.capacity <= Self.keptBytes { spare = buffer }
    }

    /// Nothing will be written any more.
    mutating func discard() {
        wipe(&gathered)
        gathered = []
        spare = nil
    }
}

/// Overwrites what can be read from the buffer, in place.
///
/// A buffer that NIO still holds a reference to would be copied by its mutating methods and the
/// secret would stay where it is. Nobody reads the bytes any more when this is called.
func wipeReadable(_ buffer: ByteBuffer) {
    buffer.withUnsafeReadableBytes { wipe(UnsafeMutableRawBufferPointer(mutating: $0)) }
}
