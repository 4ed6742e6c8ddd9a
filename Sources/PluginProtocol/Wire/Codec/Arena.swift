// The one file that touches protobuf-c's pointers: memory for its structs, checked reads of what it
// unpacked, and packing. Everything else of Wire sees Swift values.
//
// An arena lives for one message. It counts what it hands out, frees nothing until its end, and
// then wipes all of it: payloads hold secrets.

import CProtobufC

struct Arena {
    private let state: UnsafeMutablePointer<State>

    /// Memory on the stack that most messages fit into.
    private static let firstChunkBytes = 1_024
    private static let alignment = 16

    private struct State {
        var chunk: UnsafeMutableRawBufferPointer
        var used = 0
        var full: [UnsafeMutableRawBufferPointer] = []
        var isFirst = true
        var budget: Int

        /// Nil when the budget is spent. `count` may be anything.
        mutating func allocate(_ count: Int) -> UnsafeMutableRawPointer? {
            guard count >= 0, count <= budget else {
                budget = 0
                return nil
            }
            let size = (count + Arena.alignment - 1) & ~(Arena.alignment - 1)
            budget -= size
            if chunk.count - used < size { addChunk(size) }
            defer { used += size }
            return chunk.baseAddress.map { $0 + used }
        }

        private mutating func addChunk(_ size: Int) {
            retire()
            let count = max(size, min(chunk.count * 2, 1 << 20))
            chunk = .allocate(byteCount: count, alignment: Arena.alignment)
            used = 0
        }

        private mutating func retire() {
            let bytes = UnsafeMutableRawBufferPointer(rebasing: chunk[..<used])
            if isFirst { wipeLater = bytes } else { full.append(chunk) }
            isFirst = false
        }

        var wipeLater = UnsafeMutableRawBufferPointer(start: nil, count: 0)

        mutating func end() {
            wipe(UnsafeMutableRawBufferPointer(rebasing: chunk[..<used]))
            wipe(wipeLater)
            for chunk in full {
                wipe(chunk)
                chunk.deallocate()
            }
            if !isFirst { chunk.deallocate() }
        }
    }

    /// Runs `body` with an arena that may hand out `budget` bytes.
    static func with<Result, Failure: Error>(
        budget: Int = .max, _ body: (Arena) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try withUnsafeTemporaryAllocation(
            byteCount: firstChunkBytes, alignment: alignment
        ) { (first) throws(Failure) in
            var state = State(chunk: first, budget: budget)
            return try withUnsafeMutablePointer(to: &state) { (pointer) throws(Failure) in
                defer { pointer.pointee.end() }
                return try body(Arena(state: pointer))
            }
        }
    }

    // MARK: Building

    /// Memory for own values; an arena for building has no budget to run out of.
    private func allocate<T>(_ type: T.Type, _ count: Int) -> UnsafeMutablePointer<T> {
        guard let memory = state.pointee.allocate(count * MemoryLayout<T>.stride) else {
            preconditionFailure("an arena for building has no budget")
        }
        return memory.bindMemory(to: T.self, capacity: count)
    }

    func copy(_ bytes: [UInt8]) -> ProtobufCBinaryData {
        bytes.withUnsafeBufferPointer { copy($0) }
    }

    func copy(_ text: String) -> ProtobufCBinaryData {
        var text = text
        return text.withUTF8 { copy($0) }
    }

    private func copy(_ bytes: UnsafeBufferPointer<UInt8>) -> ProtobufCBinaryData {
        guard let source = bytes.baseAddress, !bytes.isEmpty else { return ProtobufCBinaryData() }
        let target = allocate(UInt8.self, bytes.count)
        target.initialize(from: source, count: bytes.count)
        return ProtobufCBinaryData(len: bytes.count, data: target)
    }

    /// Lends `bytes` to a message instead of copying them: for the field that may be megabytes.
    func lending<Result>(
        _ bytes: [UInt8], _ body: (ProtobufCBinaryData) -> Result
    ) -> Result {
        bytes.withUnsafeBufferPointer {
            // Packing only reads; the C type knows no const.
            body(
                ProtobufCBinaryData(
                    len: $0.count, data: UnsafeMutablePointer(mutating: $0.baseAddress)))
        }
    }

    func copies<Element>(
        _ values: [Element], _ copy: (Element) -> ProtobufCBinaryData
    ) -> (Int, UnsafeMutablePointer<ProtobufCBinaryData>?) {
        guard !values.isEmpty else { return (0, nil) }
        let list = allocate(ProtobufCBinaryData.self, values.count)
        for (index, value) in values.enumerated() {
            (list + index).initialize(to: copy(value))
        }
        return (values.count, list)
    }

    func message<C>(_ value: C) -> UnsafeMutablePointer<C> {
        let pointer = allocate(C.self, 1)
        pointer.initialize(to: value)
        return pointer
    }

    func messages<Element, C>(
        _ values: [Element], _ build: (Element) -> C
    ) -> (Int, UnsafeMutablePointer<UnsafeMutablePointer<C>?>?) {
        guard !values.isEmpty else { return (0, nil) }
        let list = allocate(UnsafeMutablePointer<C>?.self, values.count)
        for (index, value) in values.enumerated() {
            (list + index).initialize(to: message(build(value)))
        }
        return (values.count, list)
    }

    /// A C struct as its generated initialiser leaves it.
    static func new<C>(_ value: C, _ initialize: (UnsafeMutablePointer<C>?) -> Void) -> C {
        var value = value
        initialize(&value)
        return value
    }

    /// Appends the packed form of `message` to `out`, whose header says how long it is.
    static func pack<C>(
        _ message: C, followedBy extra: [UInt8], to out: inout [UInt8], header: (Int) -> FrameHeader
    ) -> Int {
        withUnsafePointer(to: message) { pointer in
            let base = UnsafeRawPointer(pointer).assumingMemoryBound(to: ProtobufCMessage.self)
            let size = protobuf_c_message_get_packed_size(base)
            reserveWiping(&out, WireLimits.headerBytes + size + extra.count)
            header(size + extra.count).encode(into: &out)
            out.append(addingCapacity: size) { span in
                span.withUnsafeMutableBufferPointer { buffer, count in
                    guard let start = buffer.baseAddress, size > 0 else { return }
                    count = protobuf_c_message_pack(base, start)
                }
            }
            out.append(contentsOf: extra)
            return size + extra.count
        }
    }

    // MARK: Reading

    typealias Unpack<C> = (
        UnsafeMutablePointer<ProtobufCAllocator>?, Int, UnsafePointer<UInt8>?
    ) -> UnsafeMutablePointer<C>?

    /// Unpacks bytes that may be anything, and lets `body` read the struct while its memory lives.
    static func unpack<C, Result>(
        _ payload: UnsafeRawBufferPointer, _ unpack: Unpack<C>,
        _ body: (C) throws(WireError) -> Result
    ) throws(WireError) -> Result {
        let budget = WireLimits.unpackBudgetBytes(payload: payload.count)
        return try Arena.with(budget: budget) { (arena) throws(WireError) in
            var allocator = ProtobufCAllocator(
                alloc: { state, count in
                    state?.assumingMemoryBound(to: State.self).pointee.allocate(count)
                },
                free: { _, _ in },
                allocator_data: UnsafeMutableRawPointer(arena.state))
            let start = payload.baseAddress?.assumingMemoryBound(to: UInt8.self)
            guard let message = unpack(&allocator, payload.count, start) else {
                throw WireError(
                    .malformedMessage,
                    arena.state.pointee.budget == 0
                        ? "a message needs more memory than its size allows"
                        : "a payload is not a message of its frame's kind")
            }
            return try body(message.pointee)
        }
    }

    /// protobuf-c leaves an empty field with a null pointer.
    static func bytes(_ field: ProtobufCBinaryData) -> [UInt8] {
        guard let start = field.data, field.len > 0 else { return [] }
        return [UInt8](UnsafeBufferPointer(start: start, count: field.len))
    }

    static func text(
        _ field: ProtobufCBinaryData, _ name: StaticString
    ) throws(WireError) -> String {
        guard let start = field.data, field.len > 0 else { return "" }
        let buffer = UnsafeBufferPointer(start: start, count: field.len)
        guard let text = validText(buffer) else {
            throw WireError(.invalidText, "\(name) is not UTF-8")
        }
        return text
    }

    static func mountID(_ field: ProtobufCBinaryData) throws(WireError) -> MountID {
        guard let start = field.data, field.len == MountID.byteCount else {
            throw WireError(.invalidValue, "a mount id has 16 bytes")
        }
        let words = UnsafeRawPointer(start).loadUnaligned(as: (UInt64, UInt64).self)
        return MountID(high: UInt64(bigEndian: words.0), low: UInt64(bigEndian: words.1))
    }

    static func read<C>(_ pointer: UnsafeMutablePointer<C>?) -> C? {
        pointer?.pointee
    }

    static func list<C, Element>(
        _ count: Int, _ start: UnsafeMutablePointer<UnsafeMutablePointer<C>?>?,
        _ read: (C) throws(WireError) -> Element
    ) throws(WireError) -> [Element] {
        guard let start, count > 0 else { return [] }
        var elements: [Element] = []
        elements.reserveCapacity(count)
        for pointer in UnsafeBufferPointer(start: start, count: count) {
            guard let pointer else { throw WireError(.malformedMessage, "a list has a hole") }
            elements.append(try read(pointer.pointee))
        }
        return elements
    }

    static func list<Element>(
        _ count: Int, _ start: UnsafeMutablePointer<ProtobufCBinaryData>?,
        _ read: (ProtobufCBinaryData) throws(WireError) -> Element
    ) throws(WireError) -> [Element] {
        guard let start, count > 0 else { return [] }
        var elements: [Element] = []
        elements.reserveCapacity(count)
        for field in UnsafeBufferPointer(start: start, count: count) {
            elements.append(try read(field))
        }
        return elements
    }

    static func texts(
        _ count: Int, _ start: UnsafeMutablePointer<ProtobufCBinaryData>?, _ name: StaticString
    ) throws(WireError) -> [String] {
        try list(count, start) { (field) throws(WireError) in try text(field, name) }
    }
}
