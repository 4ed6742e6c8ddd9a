// Storage keys by a path's captures: `data/{path}`, or `user/{name:lower}` where names that differ
// in the case of ASCII letters only are one. The core expands a route's templates to send the
// entries along with the request.

public struct KeyTemplate: Sendable {
    public let text: String
    private let parts: [Part]

    private enum Part: Sendable {
        case literal([UInt8])
        case capture(String, isLowered: Bool)
    }

    private static let lowered = Array(":lower".utf8)

    /// For templates that stand in the source: a wrong one is a bug and stops the program.
    public init(_ text: String) {
        do throws(PathPatternError) {
            try self.init(parsing: text)
        } catch {
            preconditionFailure("key template \"\(text)\": \(error)")
        }
    }

    /// For templates that come from elsewhere, such as a plugin's manifest.
    public init(parsing text: String) throws(PathPatternError) {
        var parts: [Part] = []
        var literal: [UInt8] = []
        var name: [UInt8]?
        for byte in text.utf8 {
            switch (byte, name) {
            case (Byte.openBrace, nil):
                if !literal.isEmpty { parts.append(.literal(literal)) }
                literal = []
                name = []
            case (Byte.closeBrace, var spelling?):
                let isLowered = spelling.suffix(Self.lowered.count).elementsEqual(Self.lowered)
                if isLowered { spelling.removeLast(Self.lowered.count) }
                guard !spelling.isEmpty, spelling.allSatisfy(Byte.isNameByte) else {
                    throw .invalidCaptureName
                }
                parts.append(
                    .capture(String(decoding: spelling, as: UTF8.self), isLowered: isLowered))
                name = nil
            case (Byte.openBrace, _), (Byte.closeBrace, nil): throw .unbalancedBrace
            case (_, let spelling?): name = spelling + [byte]
            case (_, nil): literal.append(byte)
            }
        }
        guard name == nil else { throw .unbalancedBrace }
        if !literal.isEmpty { parts.append(.literal(literal)) }
        self.text = text
        self.parts = parts
    }

    /// The names between braces.
    public var captureNames: [String] {
        parts.compactMap { if case .capture(let name, _) = $0 { name } else { nil } }
    }

    /// Nil if the template names a capture that is not there.
    public func expand(_ captures: Captures) -> String? {
        var capacity = 0
        for part in parts {
            switch part {
            case .literal(let bytes): capacity += bytes.count
            case .capture(let name, _):
                guard let count = captures.withBytes(of: name, \.count) else { return nil }
                capacity += count
            }
        }
        return String(unsafeUninitializedCapacity: capacity) { key in
            var count = 0
            func append(_ bytes: PathBytes) {
                count = key[count...].update(fromContentsOf: bytes)
            }
            for part in parts {
                switch part {
                case .literal(let bytes): bytes.withUnsafeBufferPointer(append)
                case .capture(let name, let isLowered):
                    let start = count
                    captures.withBytes(of: name, append)
                    for index in start..<count where isLowered {
                        key[index] = Byte.lowered(key[index])
                    }
                }
            }
            return count
        }
    }
}

extension KeyTemplate: ExpressibleByStringLiteral {
    public init(stringLiteral text: StaticString) { self.init(text.description) }
}
