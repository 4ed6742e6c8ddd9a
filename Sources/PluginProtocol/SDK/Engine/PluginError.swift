// How a handler says that it will not: a code to decide by and a text for the client.

public import Wire

public struct PluginError: Error, Sendable, CustomStringConvertible {
    public let code: FailureCode
    /// Shown to the client.
    public let message: String

    public init(_ code: FailureCode, _ message: String) {
        self.code = code
        self.message = message
    }

    package init(_ failure: PluginFailure) {
        self.init(failure.code, failure.message)
    }

    package var failure: PluginFailure { PluginFailure(code, message) }

    public var description: String { "\(code): \(message)" }
}

extension PluginError: Equatable {
    /// Equal by code: nobody decides by the text.
    public static func == (a: PluginError, b: PluginError) -> Bool { a.code == b.code }
}
