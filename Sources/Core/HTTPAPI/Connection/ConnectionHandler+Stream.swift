// Answers without a known end: taken from their stream no faster than the client reads.

internal import Kernel
internal import NIOCore

extension ConnectionHandler {
    /// Writes the head and goes on with what the stream gives. The connection ends with it.
    func begin(_ stream: any ResponseStream, _ response: ClientResponse) {
        guard let context else { return stream.close() }
        keepsAlive = false
        let head = encode(response, context)
        guard !isHead else {
            stream.close()
            return writeLast(head)
        }
        gate?.framer.stop()
        state = .streaming(stream)
        deadlineSecond = .max
        let lane = lane
        // First, so that whoever has the head misses nothing from then on. What the stream gives
        // comes in a later tick of the loop, after the head.
        stream.open { [weak self] in
            guard let self else { return }
            lane.loop.execute { self.pump() }
        }
        context.writeAndFlush(wrapOutboundOut(head), promise: nil)
    }

    /// Takes while the client does: what it has not read yet waits in the stream, within bounds.
    func pump() {
        guard case .streaming(let stream) = state, let context else { return }
        while context.channel.isWritable {
            switch stream.take() {
            case .bytes(let bytes):
                if !bytes.isEmpty { context.write(wrapOutboundOut(chunk(bytes)), promise: nil) }
            case .nothingYet:
                deadlineSecond = .max
                return context.flush()
            case .end:
                stream.close()
                let ending = isHTTP10 ? ByteBuffer() : ByteBuffer(staticString: "0\r\n\r\n")
                return writeLast(ending)
            }
        }
        context.flush()
        if deadlineSecond == .max { setDeadline(settings.limits.writeStallTimeoutSeconds) }
    }

    /// The client takes again.
    func resumeStream() {
        guard case .streaming = state else { return }
        deadlineSecond = .max
        pump()
    }

    /// Nobody is there any more, or the server ends.
    func endStream() {
        guard case .streaming(let stream) = state else { return }
        stream.close()
        writeLast(isHTTP10 ? ByteBuffer() : ByteBuffer(staticString: "0\r\n\r\n"))
    }

    private func chunk(_ bytes: [UInt8]) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(bytes.count + 16)
        if isHTTP10 {
            // That version knows no chunks; the end of the connection is the end of the body.
            buffer.writeBytes(bytes)
        } else {
            buffer.writeString(String(bytes.count, radix: 16))
            buffer.writeStaticString("\r\n")
            buffer.writeBytes(bytes)
            buffer.writeStaticString("\r\n")
        }
        return buffer
    }
}
