// RFC 8259's grammar, once: what validates a document and what builds a tree of it differ only in
// the sink, so the two cannot disagree about what a document says.

/// Receives a document in order. Spans and ranges lie within the document.
protocol JSONSink {
    mutating func null()
    mutating func bool(_ value: Bool)
    mutating func number(_ range: Range<Int>, in text: JSONText)
    mutating func string(_ span: JSONSpan, in text: JSONText)
    mutating func key(_ span: JSONSpan, in text: JSONText)
    mutating func beginObject()
    mutating func endObject()
    mutating func beginArray()
    mutating func endArray()
}

struct JSONGrammar<Sink: JSONSink>: ~Copyable {
    private let text: JSONText
    private let maxDepth: Int
    private let maxMembers: Int
    private var valuesLeft: Int
    private var position = 0
    private var keys: KeyLedger
    private(set) var sink: Sink

    init(_ text: JSONText, limits: JSONLimits, sink: consuming Sink, keys: consuming KeyLedger) {
        self.text = text
        self.maxDepth = limits.maxDepth
        self.maxMembers = limits.maxMembersPerContainer
        self.valuesLeft = limits.maxValues
        self.sink = sink
        self.keys = keys
    }

    mutating func document() throws(JSONFault) {
        guard text.count <= JSONLimits.maxDocumentBytes else { throw JSONFault(.tooLarge, 0) }
        skipSpace()
        try value(depth: 0)
        skipSpace()
        guard position == text.count else { throw JSONFault(.trailingBytes, position) }
    }

    /// `depth` containers are open. Recursion ends at `maxDepth`.
    private mutating func value(depth: Int) throws(JSONFault) {
        guard valuesLeft > 0 else { throw JSONFault(.tooManyValues, position) }
        valuesLeft &-= 1
        switch try peek() {
        case Ascii.quote: sink.string(try string(), in: text)
        case Ascii.openBrace: try object(depth: depth &+ 1)
        case Ascii.openBracket: try array(depth: depth &+ 1)
        case Ascii.minus, 0x30...0x39:
            let start = position
            position = try text.endOfNumber(from: start)
            sink.number(start..<position, in: text)
        case Ascii.t:
            try literal("true")
            sink.bool(true)
        case Ascii.f:
            try literal("false")
            sink.bool(false)
        case Ascii.n:
            try literal("null")
            sink.null()
        default: throw JSONFault(.unexpectedByte, position)
        }
    }

    private mutating func object(depth: Int) throws(JSONFault) {
        guard depth <= maxDepth else { throw JSONFault(.tooDeep, position) }
        position &+= 1
        sink.beginObject()
        let mark = keys.count
        skipSpace()
        if try peek() == Ascii.closeBrace {
            position &+= 1
            sink.endObject()
            return
        }
        while true {
            guard try peek() == Ascii.quote else { throw JSONFault(.unexpectedByte, position) }
            guard keys.count &- mark < maxMembers else {
                throw JSONFault(.tooManyMembers, position)
            }
            let key = try string()
            keys.append(key, in: text)
            sink.key(key, in: text)
            skipSpace()
            guard try peek() == Ascii.colon else { throw JSONFault(.unexpectedByte, position) }
            position &+= 1
            skipSpace()
            try value(depth: depth)
            skipSpace()
            let next = try peek()
            guard next == Ascii.comma || next == Ascii.closeBrace else {
                throw JSONFault(.unexpectedByte, position)
            }
            position &+= 1
            if next == Ascii.closeBrace { break }
            skipSpace()
        }
        if let second = keys.duplicate(above: mark, in: text) {
            // At its quote rather than behind it.
            throw JSONFault(.duplicateKey, second - 1)
        }
        keys.drop(to: mark)
        sink.endObject()
    }

    private mutating func array(depth: Int) throws(JSONFault) {
        guard depth <= maxDepth else { throw JSONFault(.tooDeep, position) }
        position &+= 1
        sink.beginArray()
        skipSpace()
        if try peek() == Ascii.closeBracket {
            position &+= 1
            sink.endArray()
            return
        }
        var elements = 0
        while true {
            guard elements < maxMembers else { throw JSONFault(.tooManyMembers, position) }
            elements &+= 1
            try value(depth: depth)
            skipSpace()
            let next = try peek()
            guard next == Ascii.comma || next == Ascii.closeBracket else {
                throw JSONFault(.unexpectedByte, position)
            }
            position &+= 1
            if next == Ascii.closeBracket { break }
            skipSpace()
        }
        sink.endArray()
    }

    @inline(__always)
    private mutating func string() throws(JSONFault) -> JSONSpan {
        let start = position &+ 1
        var at = start
        var hasEscapes = false
        while true {
            at = text.endOfPlainRun(from: at)
            guard at < text.count else { throw JSONFault(.unexpectedEnd, text.count) }
            let byte = text[at]
            if byte == Ascii.quote {
                position = at &+ 1
                return JSONSpan(start: start, end: at, hasEscapes: hasEscapes)
            }
            if byte == Ascii.backslash {
                hasEscapes = true
                at = try text.endOfEscape(from: at)
            } else if byte < 0x20 {
                throw JSONFault(.unexpectedByte, at)
            } else {
                repeat {
                    at = try text.endOfSequence(from: at)
                } while at < text.count && text[at] >= 0x80
            }
        }
    }

    private mutating func literal(_ word: StaticString) throws(JSONFault) {
        let length = word.utf8CodeUnitCount
        for index in 0..<length {
            guard position < text.count else { throw JSONFault(.unexpectedEnd, position) }
            guard text[position] == word.utf8Start[index] else {
                throw JSONFault(.unexpectedByte, position)
            }
            position &+= 1
        }
    }

    @inline(__always)
    private func peek() throws(JSONFault) -> UInt8 {
        guard position < text.count else { throw JSONFault(.unexpectedEnd, position) }
        return text[position]
    }

    @inline(__always)
    private mutating func skipSpace() {
        while position < text.count, text[position] <= Ascii.space, Ascii.isSpace(text[position]) {
            position &+= 1
        }
    }
}

extension JSONGrammar {
    /// Runs the grammar over a buffer with the key ledger on the stack.
    static func run(
        over bytes: UnsafeRawBufferPointer, limits: JSONLimits, sink: Sink
    ) -> Result<Sink, JSONFault> {
        guard let text = JSONText(bytes) else { return .failure(JSONFault(.unexpectedEnd, 0)) }
        return withUnsafeTemporaryAllocation(of: KeyEntry.self, capacity: KeyLedger.lentCapacity) {
            lent in
            var grammar = JSONGrammar(
                text, limits: limits, sink: sink, keys: KeyLedger(lent: lent))
            do throws(JSONFault) {
                try grammar.document()
                return .success(grammar.sink)
            } catch {
                return .failure(error)
            }
        }
    }
}
