// From bytes to JSONValue, for the paths where a tree is worth its cost.

extension JSONValue {
    public init(
        parsing bytes: UnsafeRawBufferPointer, limits: JSONLimits = .standard
    ) throws(JSONError) {
        switch JSONGrammar.run(over: bytes, limits: limits, sink: TreeSink()) {
        case .success(let sink): self = sink.root
        case .failure(let fault): throw JSONError(fault, in: bytes)
        }
    }

    public init(parsing bytes: [UInt8], limits: JSONLimits = .standard) throws(JSONError) {
        self = try bytes.withUnsafeBufferPointer { buffer throws(JSONError) in
            try JSONValue(parsing: UnsafeRawBufferPointer(buffer), limits: limits)
        }
    }

    public init(parsing text: String, limits: JSONLimits = .standard) throws(JSONError) {
        self = try JSONValue(parsing: Array(text.utf8), limits: limits)
    }
}

/// Builds the tree from the inside out: each container is finished before it joins its parent.
private struct TreeSink: JSONSink {
    private enum Container {
        case object(members: [(key: String, value: JSONValue)], key: String)
        case array([JSONValue])
    }

    private(set) var root: JSONValue = .null
    private var open: [Container] = []

    mutating func null() { add(.null) }
    mutating func bool(_ value: Bool) { add(.bool(value)) }

    mutating func number(_ range: Range<Int>, in text: JSONText) {
        let span = JSONSpan(start: range.lowerBound, end: range.upperBound, hasEscapes: false)
        add(.number(JSONNumber(validated: text.string(span))))
    }

    mutating func string(_ span: JSONSpan, in text: JSONText) { add(.string(text.string(span))) }

    mutating func key(_ span: JSONSpan, in text: JSONText) {
        guard case .object(let members, _) = open.popLast() else { return }
        open.append(.object(members: members, key: text.string(span)))
    }

    mutating func beginObject() { open.append(.object(members: [], key: "")) }
    mutating func beginArray() { open.append(.array([])) }

    mutating func endObject() {
        guard case .object(let members, _) = open.popLast() else { return }
        add(.object(JSONObject(distinct: members)))
    }

    mutating func endArray() {
        guard case .array(let elements) = open.popLast() else { return }
        add(.array(elements))
    }

    private mutating func add(_ value: JSONValue) {
        // The container is taken off the stack while it grows, so that its array is not copied.
        switch open.popLast() {
        case .object(var members, let key):
            members.append((key, value))
            open.append(.object(members: members, key: key))
        case .array(var elements):
            elements.append(value)
            open.append(.array(elements))
        case nil: root = value
        }
    }
}
