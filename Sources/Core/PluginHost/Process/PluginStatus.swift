// What operators see of a plugin process.

public struct PluginStatus: Sendable, Equatable {
    public enum Phase: String, Sendable, Equatable {
        case stopped
        case starting
        case running
        /// Ended, and not to be started before `nextStartSeconds` have passed.
        case backingOff
    }

    public var type: String
    public var version: String
    public var phase: Phase
    public var pid: Int32?
    /// SHA-256 of the file that runs, in hexadecimal.
    public var digest: String
    public var mounts: Int
    /// Starts after the first.
    public var restarts: Int
    public var failuresInARow: Int
    public var nextStartSeconds: Double
    public var lastFailure: String?
}
