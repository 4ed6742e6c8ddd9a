// Reading and writing an engine's stored records byte by byte. Storage is authenticated, but a
// record can still be one of a newer engine, or damaged by a bug: reading throws and never traps.

public import Clock

public enum RecordError: Error, Equatable {
    case damaged
    case unknownLayout(UInt8)

    /// What the client is told: which kind of entry, and never what was in it.
    public func failure(of entry: String) -> PluginError {
        switch self {
        case .damaged:
            PluginError(.internalError, "the stored \(entry) is damaged")
        case .unknownLayout(let layout):
            PluginError(
                .internalError,
                "the stored \(entry) has layout \(layout), which this version of the engine does "
                    + "not know: it was written by a newer one")
        }
    }
}

public struct RecordReader {
    private var rest: ArraySlice<UInt8>

    public init(_ bytes: [UInt8], layout: UInt8) throws(RecordError) {
        rest = bytes[...]
        let found = try byte()
        guard found == layout else { throw .unknownLayout(found) }
    }

    public mutating func byte() throws(RecordError) -> UInt8 {
        guard let byte = rest.popFirst() else { throw .damaged }
        return byte
    }

    public mutating func bytes(_ count: Int) throws(RecordError) -> ArraySlice<UInt8> {
        guard count >= 0, rest.count >= count else { throw .damaged }
        let taken = rest.prefix(count)
        rest = rest.dropFirst(count)
        return taken
    }

    public mutating func remainder() -> ArraySlice<UInt8> {
        defer { rest = [] }
        return rest
    }

    public mutating func uint32() throws(RecordError) -> UInt32 {
        var value: UInt32 = 0
        for byte in try bytes(4) { value = value << 8 | UInt32(byte) }
        return value
    }

    public mutating func uint64() throws(RecordError) -> UInt64 {
        var value: UInt64 = 0
        for byte in try bytes(8) { value = value << 8 | UInt64(byte) }
        return value
    }

    public mutating func int64() throws(RecordError) -> Int64 {
        Int64(bitPattern: try uint64())
    }

    public mutating func timestamp() throws(RecordError) -> Timestamp {
        Timestamp(nanoseconds: try int64())
    }

    public mutating func text() throws(RecordError) -> String {
        let count = Int(try uint32())
        guard let text = String(validating: try bytes(count), as: UTF8.self) else {
            throw .damaged
        }
        return text
    }

    public func end() throws(RecordError) {
        if !rest.isEmpty { throw .damaged }
    }
}

public struct RecordWriter {
    public private(set) var bytes: [UInt8] = []

    public init(layout: UInt8, capacity: Int) {
        bytes.reserveCapacity(capacity + 1)
        bytes.append(layout)
    }

    public mutating func byte(_ value: UInt8) { bytes.append(value) }

    public mutating func raw(_ slice: ArraySlice<UInt8>) { bytes.append(contentsOf: slice) }

    public mutating func uint32(_ value: UInt32) {
        for shift in stride(from: 24, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(shift)))
        }
    }

    public mutating func uint64(_ value: UInt64) {
        for shift in stride(from: 56, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(shift)))
        }
    }

    public mutating func int64(_ value: Int64) { uint64(UInt64(bitPattern: value)) }

    public mutating func timestamp(_ value: Timestamp) {
        int64(value.nanoseconds)
    }

    public mutating func text(_ value: String) {
        uint32(UInt32(truncatingIfNeeded: value.utf8.count))
        bytes.append(contentsOf: value.utf8)
    }
}
