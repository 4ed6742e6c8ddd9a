// Bounds of what a client may send and how long it may take; a test holds their relations.

/// What one listener allows.
///
/// Each bound is checked before the work that it protects.
public struct HTTPLimits: Sendable, Equatable {
    /// Request line and headers together.
    public var maxHeadBytes = 64 * 1024
    /// Path and query of the request line.
    public var maxTargetBytes = 16 * 1024
    /// Body, whether announced by length or sent in chunks.
    public var maxBodyBytes = 32 * 1024 * 1024
    /// Parameters in a query or a form.
    public var maxParameters = 10_000
    /// Values in a JSON body, however they are nested. An audit device writes a digest for each
    /// string, twenty times as long as a short one, whoever sent it; ten for each item of the
    /// largest batch is more than anybody needs.
    public var maxValues = 100_000
    /// Connections open at once on one listener; further ones are closed as they come.
    public var maxConnections = 16_384

    /// From accepting, or from the first byte of a request, to the end of its headers.
    public var headTimeoutSeconds = 10
    /// From the end of the headers to the end of the body.
    public var bodyTimeoutSeconds = 30
    /// Between two requests.
    public var idleTimeoutSeconds = 300
    /// A client that takes nothing of its answer for so long is cut off.
    public var writeStallTimeoutSeconds = 60
    /// How long a refused client may go on sending before the connection is cut: closing at once
    /// would reset the connection under the answer that it has not read yet.
    public var lingerSeconds = 2

    public init() {}
}
