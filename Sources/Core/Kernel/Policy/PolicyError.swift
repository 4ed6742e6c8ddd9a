// Why a policy or its name was refused.

public import HCL

public struct PolicyError: Error, Sendable, Equatable {
    public enum Code: Sendable, Hashable {
        /// The text is neither HCL nor JSON.
        case malformed
        /// The text says something that a policy cannot say.
        case invalid
        /// Vault knows it, this server does not.
        case unsupported
        case invalidName
        case reservedName
        case tooLarge
    }

    public let code: Code
    /// Where in the text, if it is about the text.
    public let position: HCLPosition?
    public let message: String

    init(_ code: Code, at position: HCLPosition? = nil, _ message: String) {
        self.code = code
        self.position = position
        self.message = message
    }

    init(_ error: HCLError) {
        let code: Code =
            switch error.code {
            case .tooLarge, .tooDeep, .tooManyItems: .tooLarge
            case .unexpectedShape: .invalid
            case .syntax, .duplicate: .malformed
            }
        self.init(code, at: error.position, error.message)
    }
}

extension PolicyError: CustomStringConvertible {
    public var description: String {
        position.map { "\($0): \(message)" } ?? message
    }
}

extension String {
    /// For error messages: what the author wrote, cut short and without control characters.
    var quotedForMessage: String {
        var text = "\""
        for scalar in unicodeScalars.prefix(PolicyLimits.maxQuotedCharacters) {
            let isPrintable = scalar.properties.generalCategory != .control && scalar != "\""
            text.unicodeScalars.append(isPrintable ? scalar : "?")
        }
        return text + "\""
    }
}
