// What operators see of a plugin's process.

public import Cryptography

public struct PluginStatus: Sendable, Equatable {
    public enum Phase: String, Sendable, Equatable {
        /// Not running because nobody needs it; the next request starts it.
        case idle
        case starting
        case running
        /// Ended, and not to be started before `nextStartSeconds` have passed.
        case backingOff = "backing_off"
        /// The host is shutting down.
        case stopped
    }

    /// Of the mounts that it serves.
    public var namespaceID = ""
    /// The name that it is mounted by.
    public var type: String
    public var kind: BackendKind
    public var version = ""
    /// The version of its entry in the catalog; empty for one without, and for a built-in engine.
    public var entryVersion = ""
    /// The mount that alone has this process, if it is a database plugin's.
    public var owner: UUID128?
    public var phase = Phase.idle
    /// As the server sees it.
    public var pid: Int32?
    /// The user that it runs as, if it has one of its own.
    public var userID: UInt32?
    /// SHA-256 of the file that runs or ran last, in hexadecimal.
    public var digest = ""
    public var mounts = 0
    public var uptimeSeconds: Int64 = 0
    /// Starts after an end that nobody asked for.
    public var restarts = 0
    /// Ends because it had nothing to do.
    public var idleStops = 0
    /// How often it began to be held back because it took the processors from others, and whether
    /// it is now.
    public var timesHeldBack = 0
    public var isHeldBack = false
    /// How often it was refused what it tried, by what that was: a system call's name, `open` for
    /// files, `storage` for another mount's, `answer` for one that it may not give.
    public var refused: [String: Int] = [:]
    /// Whether the system lets the host hear of refused system calls and files.
    public var refusalsAreReported = false
    public var failuresInARow = 0
    public var nextStartSeconds = 0.0
    /// In RAM.
    public var memoryBytes: Int?
    public var callsInFlight = 0
    /// `full`, `partial` or `off`.
    public var sandbox = ""
    /// What a partial sandbox lacks.
    public var sandboxGaps: [String] = []
    /// Why it ended last, as a sentence about "it".
    public var lastEnd: String?

    public var timesRefused: Int {
        refused.values.reduce(0) { sum, count in
            let (result, overflow) = sum.addingReportingOverflow(count)
            return overflow ? .max : result
        }
    }

    public init(type: String, kind: BackendKind) {
        self.type = type
        self.kind = kind
    }
}
