// Why a connection ends. The end that sees the fault sends `close` with the reason and closes.

public enum CloseReason: UInt32, Sendable, Hashable, CaseIterable {
    /// A reason that this end does not know; what a newer peer says.
    case other = 0
    case goingAway = 1
    case unsupportedVersion = 2
    case frameTooLarge = 3
    case unknownKind = 4
    case malformedMessage = 5
    case invalidText = 6
    case invalidValue = 7
    case unexpectedMessage = 8
    case invalidCall = 9
    case tooManyCalls = 10
    case tooSlow = 11
    case internalError = 12
}

/// A broken rule of the protocol. The detail names the rule and never quotes the peer's bytes.
public struct WireError: Error, Sendable, CustomStringConvertible {
    public let reason: CloseReason
    public let detail: String

    public init(_ reason: CloseReason, _ detail: String) {
        self.reason = reason
        self.detail = detail
    }

    public var description: String { "\(reason): \(detail)" }

    /// What the other end is told.
    public var close: Close { Close(reason: reason, message: detail) }
}

extension WireError: Equatable {
    /// Equal by reason: nobody decides by the text.
    public static func == (a: WireError, b: WireError) -> Bool { a.reason == b.reason }
}
