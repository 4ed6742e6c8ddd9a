// Why a device cannot be made, opened or written to.

/// Two failures are equal by code; nothing is decided by the text.
public struct AuditFailure: Error, Sendable, Equatable {
    public enum Code: Sendable, Hashable {
        /// An option that is missing, unknown or out of its range.
        case invalidOption
        case unknownType
        /// The file may not be an audit log: a folder, a link, a program, a plugin's place.
        case forbiddenFile
        case cannotOpen
        case cannotWrite
        /// The peer took too long.
        case timedOut
        /// The device has too many lines to write.
        case queueFull
        case stopped
        /// No device wrote the line.
        case notRecorded
    }

    public let code: Code
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public static func == (left: AuditFailure, right: AuditFailure) -> Bool {
        left.code == right.code
    }
}
