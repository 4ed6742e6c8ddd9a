// Our end of one lane. Neither reading nor writing ever waits; the host polls.

import Glibc
import Wire

final class LaneSocket {
    private static let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)

    let descriptor: Int32
    private var decoder = FrameDecoder(maxPayloadBytes: WireLimits.maxHandshakePayloadBytes)
    private var out: [UInt8] = []
    private var written = 0
    private var endsWriting = false
    /// The plugin closed its end, and everything that it said was read.
    private(set) var isEnded = false

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    var maxPayloadBytes: Int {
        get { decoder.maxPayloadBytes }
        set { decoder.maxPayloadBytes = newValue }
    }

    var hasOutput: Bool { written < out.count }

    func queue(_ bytes: [UInt8]) {
        out += bytes
        flush()
    }

    /// After what is queued, the plugin sees the end.
    func endWriting() {
        endsWriting = true
        flush()
    }

    func flush() {
        while hasOutput {
            let count = out[written...].withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Self.flags)
            }
            if count > 0 {
                written += count
            } else if errno == EAGAIN {
                return
            } else if errno != EINTR {
                // A plugin that closed does not read the rest.
                written = out.count
            }
        }
        out.removeAll(keepingCapacity: true)
        written = 0
        if endsWriting { shutdown(descriptor, Int32(SHUT_WR)) }
    }

    func fill() {
        while !isEnded {
            let count = decoder.fill(atLeast: 64 << 10) {
                recv(descriptor, $0.baseAddress, $0.count, Self.flags)
            }
            if count > 0 { return }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN { return }
            isEnded = true
        }
    }

    func next() throws(WireError) -> (call: UInt64, message: Message)? {
        try decoder.nextMessage()
    }

    var hasHalfAFrame: Bool { decoder.bufferedByteCount > 0 }
}
