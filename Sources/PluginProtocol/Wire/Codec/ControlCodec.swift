// Invalidate, close, event.

import CMessages
import CProtobufC

extension Invalidate {
    init(_ payload: UnsafeRawBufferPointer) throws(WireError) {
        self = try Arena.unpack(payload, coffer__plugin__invalidate__unpack) {
            (c) throws(WireError) in
            Invalidate(mount: try Arena.mountID(c.mount), key: Arena.bytes(c.key))
        }
    }

    func encode(_ writer: FrameWriter, _ out: inout [UInt8]) -> Int {
        Arena.with { arena in
            var c = Arena.new(Coffer__Plugin__Invalidate(), coffer__plugin__invalidate__init)
            c.mount = arena.copy(mount.bytes)
            c.key = arena.copy(key)
            return writer.append(c, to: &out)
        }
    }
}

extension Close {
    init(_ payload: UnsafeRawBufferPointer) throws(WireError) {
        self = try Arena.unpack(payload, coffer__plugin__close__unpack) { (c) throws(WireError) in
            // The connection ends either way, so a reason of a newer peer is no error.
            Close(
                reason: CloseReason(rawValue: c.reason) ?? .other,
                message: try Arena.text(c.message, "close message"))
        }
    }

    func encode(_ writer: FrameWriter, _ out: inout [UInt8]) -> Int {
        Arena.with { arena in
            var c = Arena.new(Coffer__Plugin__Close(), coffer__plugin__close__init)
            c.reason = reason.rawValue
            c.message = arena.copy(message)
            return writer.append(c, to: &out)
        }
    }
}

extension EngineEvent {
    init(_ payload: UnsafeRawBufferPointer) throws(WireError) {
        self = try Arena.unpack(payload, coffer__plugin__event__unpack) { (c) throws(WireError) in
            EngineEvent(
                mount: try Arena.mountID(c.mount), name: try Arena.text(c.name, "event name"),
                data: Arena.bytes(c.data))
        }
    }

    func encode(_ writer: FrameWriter, _ out: inout [UInt8]) -> Int {
        Arena.with { arena in
            var c = Arena.new(Coffer__Plugin__Event(), coffer__plugin__event__init)
            c.mount = arena.copy(mount.bytes)
            c.name = arena.copy(name)
            c.data = arena.copy(data)
            return writer.append(c, to: &out)
        }
    }
}
