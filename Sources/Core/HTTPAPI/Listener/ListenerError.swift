// Why a listener could not be opened or its certificate not be read.

/// Equal by code; the message names the address or the file.
public struct ListenerError: Error, Sendable {
    public enum Code: Sendable {
        case addressInUse
        case addressNotAvailable
        case permissionDenied
        case invalidAddress
        case certificate
        case privateKey
        case keyMismatch
        case clientAuthority
        case io
    }

    public let code: Code
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

extension ListenerError: Equatable {
    public static func == (left: ListenerError, right: ListenerError) -> Bool {
        left.code == right.code
    }
}

extension ListenerError: CustomStringConvertible {
    public var description: String { message }
}
