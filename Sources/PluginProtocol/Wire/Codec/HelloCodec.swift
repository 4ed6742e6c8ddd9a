// The handshake's messages.

import CMessages
import CProtobufC

extension Hello {
    init(_ payload: UnsafeRawBufferPointer) throws(WireError) {
        self = try Arena.unpack(payload, coffer__plugin__hello__unpack) { (c) throws(WireError) in
            guard c.n_features <= WireLimits.maxFeatures else {
                throw WireError(.invalidValue, "too many features")
            }
            return Hello(
                major: c.major, minor: c.minor,
                features: try Arena.texts(c.n_features, c.features, "feature"),
                maxFrameBytes: c.max_frame_bytes, maxCallsInFlight: c.max_calls_in_flight,
                lane: c.lane, grease: .none)
        }
    }

    func encode(_ writer: FrameWriter, _ out: inout [UInt8]) -> Int {
        Arena.with { arena in
            var c = Arena.new(Coffer__Plugin__Hello(), coffer__plugin__hello__init)
            c.major = major
            c.minor = minor
            (c.n_features, c.features) = arena.copies(features, arena.copy)
            c.max_frame_bytes = maxFrameBytes
            c.max_calls_in_flight = maxCallsInFlight
            c.lane = lane
            return writer.append(c, grease: grease, to: &out)
        }
    }
}

extension HelloReply {
    init(_ payload: UnsafeRawBufferPointer) throws(WireError) {
        self = try Arena.unpack(payload, coffer__plugin__hello_reply__unpack) {
            (c) throws(WireError) in
            guard c.n_features <= WireLimits.maxFeatures else {
                throw WireError(.invalidValue, "too many features")
            }
            return HelloReply(
                major: c.major, minor: c.minor,
                features: try Arena.texts(c.n_features, c.features, "feature"),
                name: try Arena.text(c.name, "name"),
                version: try Arena.text(c.version, "version"),
                type: try PluginType(wire: c.type.rawValue, "plugin type"),
                maxCallsInFlight: c.max_calls_in_flight)
        }
    }

    func encode(_ writer: FrameWriter, _ out: inout [UInt8]) -> Int {
        Arena.with { arena in
            var c = Arena.new(Coffer__Plugin__HelloReply(), coffer__plugin__hello_reply__init)
            c.major = major
            c.minor = minor
            (c.n_features, c.features) = arena.copies(features, arena.copy)
            c.name = arena.copy(name)
            c.version = arena.copy(version)
            c.type = Coffer__Plugin__PluginType(rawValue: UInt32(type.rawValue))
            c.max_calls_in_flight = maxCallsInFlight
            return writer.append(c, to: &out)
        }
    }
}
