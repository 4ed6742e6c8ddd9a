// Why a document was refused and where. An error never carries a byte of the document: it may hold
// secrets, and errors end up in answers and in logs.

public struct JSONError: Error, Sendable, Equatable {
    public enum Code: UInt8, Sendable, CaseIterable {
        case unexpectedEnd
        case unexpectedByte
        case invalidUTF8
        case invalidEscape
        case invalidNumber
        case duplicateKey
        case tooDeep
        case tooManyMembers
        case tooManyValues
        case tooLarge
        case trailingBytes
    }

    public let code: Code
    /// Bytes before the place of the error.
    public let offset: Int
    /// Lines count from 1.
    public let line: Int
    /// Columns count bytes, from 1.
    public let column: Int

    init(_ fault: JSONFault, in bytes: UnsafeRawBufferPointer) {
        var line = 1
        var lineStart = 0
        let offset = min(fault.offset, bytes.count)
        for index in 0..<offset where bytes[index] == Ascii.newline {
            line += 1
            lineStart = index + 1
        }
        self.code = fault.code
        self.offset = offset
        self.line = line
        self.column = offset - lineStart + 1
    }
}

extension JSONError: CustomStringConvertible {
    public var description: String {
        "invalid JSON at line \(line), column \(column): \(code.reason)"
    }
}

extension JSONError.Code {
    /// The reason in words, without a place.
    public var reason: String {
        switch self {
        case .unexpectedEnd: "the document ends too early"
        case .unexpectedByte: "unexpected character"
        case .invalidUTF8: "not valid UTF-8"
        case .invalidEscape: "invalid escape sequence in a string"
        case .invalidNumber: "invalid number"
        case .duplicateKey: "the object has the same key twice"
        case .tooDeep: "nested too deeply"
        case .tooManyMembers:
            "one object or array may have at most "
                + "\(JSONLimits.standard.maxMembersPerContainer) members"
        case .tooManyValues: "too many values in the document"
        case .tooLarge: "the document is too large"
        case .trailingBytes: "more follows after the end of the document"
        }
    }
}

/// What the grammar throws: two words, so that the hot path does not count lines or allocate.
struct JSONFault: Error {
    let code: JSONError.Code
    let offset: Int

    init(_ code: JSONError.Code, _ offset: Int) {
        self.code = code
        self.offset = offset
    }
}
