// A blocking socket that speaks frames.

import Glibc
import Synchronization
import Wire

final class Socket: Sendable {
    private let descriptor: Int32
    private let decoder = Mutex(FrameDecoder())
    private let closing = Atomic(false)

    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    var isClosing: Bool {
        get { closing.load(ordering: .acquiring) }
        set { closing.store(newValue, ordering: .releasing) }
    }

    func send(_ message: Message, call: UInt64) {
        var bytes: [UInt8] = []
        message.encode(call: call, into: &bytes)
        send(bytes)
    }

    func send(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    /// The next message; nil at the end of the stream.
    func next() throws -> (call: UInt64, message: Message)? {
        try decoder.withLock { decoder in
            while true {
                if let next = try decoder.nextMessage() { return next }
                let count = decoder.fill(atLeast: 4_096) {
                    read(descriptor, $0.baseAddress, $0.count)
                }
                guard count > 0 else { return nil }
            }
        }
    }

    func close() {
        _ = Glibc.close(descriptor)
    }
}
