// A request to an engine.

import CMessages
import CProtobufC

extension EngineRequest {
    init(_ payload: UnsafeRawBufferPointer) throws(WireError) {
        self = try Arena.unpack(payload, coffer__plugin__request__unpack) {
            (c) throws(WireError) in
            guard c.path.len <= WireLimits.maxPathBytes else {
                throw WireError(.invalidValue, "a path is too long")
            }
            guard let operation = UInt8(exactly: c.operation.rawValue) else {
                throw WireError(.invalidValue, "operation has no value \(c.operation.rawValue)")
            }
            return EngineRequest(
                mount: try Arena.mountID(c.mount), operation: operation,
                path: Arena.bytes(c.path), data: Arena.bytes(c.data),
                requestID: Arena.bytes(c.request_id),
                entityID: try Arena.text(c.entity_id, "entity id"),
                displayName: try Arena.text(c.display_name, "display name"),
                remoteAddress: try Arena.text(c.remote_address, "remote address"),
                headers: try Arena.list(c.n_headers, c.headers, TextPair.init),
                deadlineMilliseconds: c.deadline_milliseconds,
                prefetched: try Arena.list(c.n_prefetched, c.prefetched, StorageEntry.init),
                internalData: Arena.bytes(c.internal_data))
        }
    }

    func encode(_ writer: FrameWriter, _ out: inout [UInt8]) -> Int {
        Arena.with { arena in
            var c = Arena.new(Coffer__Plugin__Request(), coffer__plugin__request__init)
            c.mount = arena.copy(mount.bytes)
            c.operation = Coffer__Plugin__Operation(rawValue: UInt32(operation))
            c.path = arena.copy(path)
            c.request_id = arena.copy(requestID)
            c.entity_id = arena.copy(entityID)
            c.display_name = arena.copy(displayName)
            c.remote_address = arena.copy(remoteAddress)
            (c.n_headers, c.headers) = arena.messages(headers) { $0.build(arena) }
            c.deadline_milliseconds = deadlineMilliseconds
            (c.n_prefetched, c.prefetched) = arena.messages(prefetched) { $0.build(arena) }
            c.internal_data = arena.copy(internalData)
            return arena.lending(data) {
                c.data = $0
                return writer.append(c, to: &out)
            }
        }
    }
}
