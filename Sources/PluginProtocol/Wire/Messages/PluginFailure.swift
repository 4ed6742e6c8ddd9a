// A call that did not succeed: a code to decide by and a text for people.

public enum FailureCode: UInt8, Sendable, Hashable, CaseIterable {
    case invalidRequest = 1
    case permissionDenied = 2
    case notFound = 3
    case unsupportedOperation = 4
    case unsupportedPath = 5
    case preconditionFailed = 6
    case unavailable = 7
    case rateLimited = 8
    case internalError = 9
    case upstreamFailed = 10
    case cancelled = 11
    case deadlineExceeded = 12
}

public struct PluginFailure: Sendable, Equatable {
    public var code: FailureCode
    public var message: String

    public init(_ code: FailureCode, _ message: String) {
        self.code = code
        self.message = message
    }
}
