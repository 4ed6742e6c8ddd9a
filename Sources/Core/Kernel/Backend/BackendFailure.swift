// Why a request failed: a code that decides the HTTP status, and a text for people.

/// A failed request. Two failures are equal by code; nothing is ever decided by the message.
public struct BackendFailure: Error, Sendable {
    public var code: Code
    /// Said to the client; never contains a secret.
    public var message: String
    public var retryAfterSeconds: Int?
    /// The engine was not asked, and nothing is wrong with it: others had all the room there is.
    public var isForWantOfRoom = false
    /// Further warnings for the client.
    public var warnings: [String]

    public init(
        _ code: Code, _ message: String, retryAfterSeconds: Int? = nil, warnings: [String] = []
    ) {
        self.code = code
        self.message = message
        self.retryAfterSeconds = retryAfterSeconds
        self.warnings = warnings
    }

    public enum Code: Sendable, Hashable, CaseIterable {
        case invalidRequest
        case permissionDenied
        case notFound
        case unsupportedOperation
        case unsupportedPath
        case preconditionFailed
        case tooLarge
        case rateLimited
        case unavailable
        case sealed
        case internalError
        case upstreamFailed
        case cancelled
        case deadlineExceeded
    }
}

extension BackendFailure.Code {
    /// The one table from code to HTTP status, with the statuses that Vault's clients expect.
    public var httpStatus: Int {
        switch self {
        case .invalidRequest: 400
        case .permissionDenied: 403
        case .notFound, .unsupportedPath: 404
        case .unsupportedOperation: 405
        case .preconditionFailed: 412
        case .tooLarge: 413
        case .rateLimited: 429
        case .internalError: 500
        case .upstreamFailed: 502
        case .unavailable, .sealed, .cancelled: 503
        case .deadlineExceeded: 504
        }
    }
}
