// Where in a text something stands, and the one error that this module throws.

/// A place in a text; lines and columns begin at 1, columns count Unicode scalars.
public struct HCLPosition: Sendable, Hashable {
    public let line: Int
    public let column: Int

    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    static let start = HCLPosition(line: 1, column: 1)
}

extension HCLPosition: CustomStringConvertible {
    public var description: String { "\(line):\(column)" }
}

/// Why a text could not be read. The message never quotes what stands inside a string: a
/// configuration file holds credentials, and errors end up in logs.
public struct HCLError: Error, Sendable, Equatable {
    public enum Code: Sendable, Hashable {
        case syntax
        case duplicate
        case tooLarge
        case tooDeep
        case tooManyItems
        /// The text is well formed, but not what the reader of the tree asked for.
        case unexpectedShape
    }

    public let code: Code
    public let position: HCLPosition
    public let message: String

    public var line: Int { position.line }
    public var column: Int { position.column }

    public init(_ code: Code, at position: HCLPosition, _ message: String) {
        self.code = code
        self.position = position
        self.message = message
    }
}

extension HCLError: CustomStringConvertible {
    public var description: String { "\(position): \(message)" }
}
