// The engine's limits, with their units in the name.

enum Limits {
    /// Requests that wait for one database at most, its open sessions included. The runtime has 32
    /// threads to wait on: a database that hangs leaves some of them to the others.
    static let waitingPerDatabase = 24
    /// Steps that drop users at once for one database, each many of them if many wait.
    static let dropsAtOnce = 2
    static let dropsTogether = 16
    /// How long a step for several users waits for what others hold, before each is tried alone.
    static let togetherWaitSeconds = 2
    /// How long a step for one user does, before the server gives it up and the user is shut out.
    static let dropWaitSeconds = 8
    static let shutOutWaitSeconds = 2
    /// The times of one step come to less than the core gives an engine to end a lease, 30 s.
    static let connectSeconds = 5
    static let statementSeconds = 15
    /// So long after it did its part a server is taken to be there.
    static let trustNanoseconds: UInt64 = 1_000_000_000
    static let sessionWaitSeconds = 8
    static let maxNameBytes = 128
    static let maxOpenConnections = 20
    static let defaultOpenConnections = 4
    /// All statements of one kind together; they are kept with each lease.
    static let maxStatementBytes = 16 * 1024
    static let maxTemplateBytes = 4 * 1024
    /// What a part of a template may come to before it is cut to a name's length.
    static let maxTemplateValueBytes = 64 * 1024
    static let maxUsernameBytes = 512
    static let maxErrorBytes = 1024
    static let passwordCharacters = 20
    /// Connections, and roles, that a mount keeps decoded in memory.
    static let cachedEntries = 256
    /// Of keys that are made here.
    static let rsaBits = [2_048, 3_072, 4_096]
    /// X.520's upper bound of a common name.
    static let maxCommonNameCharacters = 64
    /// Certificates are valid a little before they are made, for clocks that are behind.
    static let certificateBackdateSeconds: Int64 = 30
    /// A certificate or key that an operator gives.
    static let maxPEMBytes = 60 * 1024
    static let listPageNames = 1_000
    static let minRotationSeconds = 5
    static let minRotationWindowSeconds = 3_600
    /// Static roles that one wake-up rotates before it asks for the next.
    static let rotationsPerWake = 16
    static let firstRotationRetrySeconds: Int64 = 10
    static let longestRotationRetrySeconds: Int64 = 300
    /// A rotation begins at most so long after it claimed its role, and is over before the claim
    /// is.
    static let claimStartSeconds: UInt64 = 20
    static let claimSeconds: UInt64 = 120
    /// How long a step is tried again that others were in the way of.
    static let retrySeconds: UInt64 = 10
    /// So much longer than its lease a user is valid: the lease ends it, and not the other way.
    static let expirationGraceSeconds: Int64 = 5
}
