// The host's limits, with their units in the name. `PluginHostLimitsTests` asserts how they relate.

public enum PluginHostLimits {
    /// From the spawn to the last lane's handshake.
    public static let startSeconds: Int64 = 10
    /// How long a new program has a mount before requests go to it, and how long after that the old
    /// one is kept to serve again if the new one ends.
    public static let trialMilliseconds: Int64 = 500
    public static let probationSeconds: Int64 = 5
    /// How often a process that is to serve no more is asked whether its calls are done.
    public static let drainPollMilliseconds: UInt64 = 10
    /// For a mount to be taken over by a running plugin.
    public static let mountSeconds: Int64 = 10
    /// How long a new mount waits for its engine's set-up before it lets requests in.
    public static let waitForSetUpMilliseconds: Int64 = 2_000
    /// How long an engine may take for one request, unless the request says less.
    public static let callSeconds: UInt64 = 90

    /// Calls in flight per connection; a plugin may ask for fewer.
    public static let callsInFlight = 4_096
    /// Requests per lane that wait while a process starts.
    public static let waitingRequestsPerLane = 1_024
    /// Storage calls of a plugin that are being carried out, per connection: one for each request.
    public static let storageCallsInFlight = 4_096
    public static let listPageEntries = 10_000
    /// Entries sent along with a request because its route declares them.
    public static let prefetchedEntries = 8
    public static let prefetchedBytes = 1024 * 1024

    /// Bytes waiting for a plugin to read them; over it, load is shed.
    public static let outBufferBytes = 64 * 1024 * 1024
    /// What clients are told to wait when load is shed.
    public static let shedRetryAfterSeconds = 1

    /// How often deadlines are looked at.
    public static let sweepMilliseconds: Int64 = 250
    /// A plugin with calls in flight and nothing to say for this long is pinged …
    public static let pingAfterSilenceSeconds: UInt64 = 10
    /// … and taken for hung when it has said nothing for this long.
    public static let hungAfterSilenceSeconds: UInt64 = 60
    /// Deadlines missed in a row, without one answer between, that make a plugin hung.
    public static let missedDeadlinesInARow = 3
    /// Calls that were given up and whose answers may still come.
    public static let abandonedCalls = 4_096

    /// Wait before an engine is asked again whether it has heard of a change, when it had too many
    /// calls in flight for the question.
    public static let markAgainMilliseconds: Int64 = 10

    /// Restart back-off, doubling from the first to the longest.
    public static let firstBackOffMilliseconds: UInt64 = 100
    public static let longestBackOffMilliseconds: UInt64 = 30_000
    /// A process that ran this long was well: its end counts as the first.
    public static let stableRunSeconds: UInt64 = 30
    /// Requests wait for a restart that is no further away than this; otherwise they fail at once.
    public static let waitForRestartMilliseconds: UInt64 = 1_000

    /// Time to finish after a drain frame, and to end after SIGTERM, before SIGKILL.
    public static let drainSeconds: Int64 = 5
    public static let terminateSeconds: Int64 = 2

    /// Standard error of a plugin.
    public static let logLineBytes = 16 * 1024
    public static let logLinesPerSecond = 100
    /// Read per second; what is over it waits in the pipe, so a flood slows its writer down.
    public static let logBytesPerSecond = 1024 * 1024
    public static let logMetadataEntries = 32

    /// Names and versions that a plugin says of itself.
    public static let pluginNameBytes = 128
    /// Declarations of one mount.
    public static let routesPerMount = 1_024
    public static let fieldsPerRoute = 256
    public static let declaredPathBytes = 1_024
    /// Parts of an answer.
    public static let answerWarnings = 64
    /// Members of one object or elements of one array of the data: a list of names is one array,
    /// and much longer than anything that a client may send.
    public static let answerMembers = 500_000
    public static let answerWarningBytes = 4 * 1024
    public static let answerHeaders = 64
    public static let answerHeaderBytes = 4 * 1024
    public static let failureMessageBytes = 8 * 1024
    public static let grantedPolicies = 1_024
    public static let grantedGroups = 4_096
    public static let grantMetadataEntries = 64
    public static let internalDataBytes = 1024 * 1024
    /// Longest lifetime a number of seconds may name: a hundred years.
    public static let lifetimeSeconds: UInt64 = 100 * 365 * 24 * 3600

    /// What a plugin may have unless its entry says otherwise.
    public static let pluginMemoryBytes: UInt64 = 1024 * 1024 * 1024
    public static let pluginOpenFiles = 256
    /// Threads of a plugin, besides one for each lane.
    public static let pluginThreads: UInt64 = 128
    public static let pluginStackBytes: UInt64 = 8 * 1024 * 1024
    /// Address space that may be reserved beyond the memory; its tables alone cost 1/512 of it.
    public static let pluginReservedBytes: UInt64 = 64 * 1024 * 1024 * 1024
    /// The largest file that a plugin with a writable folder may make.
    public static let pluginWrittenFileBytes: UInt64 = 1024 * 1024 * 1024
    /// A process that had nothing to do for this long is ended; the next request starts it again.
    public static let idleSeconds: Int64 = 600

    /// Processes of the whole server, unless the configuration says otherwise.
    public static let processes = 256
    /// How long a start waits for one of the others to be idle when there are as many as may be,
    /// and how long in all when one is ending to make room.
    public static let waitForIdleMilliseconds: Int64 = 1_000
    public static let waitForRoomMilliseconds: Int64 = 8_000
    /// How often the others are looked at meanwhile.
    public static let roomPollMilliseconds: UInt64 = 50

    /// What is told of refusals: the sum of what was not told at once comes at the end of a window.
    public static let refusalWindowSeconds: UInt64 = 10
    public static let refusalLinesPerWindow = 16
    public static let refusedPathLogBytes = 512
    /// What looking at the calls of a process that wait for the host's word may cost: in all at
    /// once, and in a second; and how long they wait over it.
    public static let refusalBudget: UInt64 = 4_000
    public static let refusalBudgetPerSecond: UInt64 = 4_000
    public static let refusedCallCost: UInt64 = 8
    public static let openedFileCost: UInt64 = 1
    public static let refusalPauseMilliseconds: UInt64 = 20
    /// Files whose opening the kernel was told to go on with are looked at a little later, so often
    /// at most and each time after eight times as long; and so many of a process wait for it.
    public static let judgeFilesAfterMilliseconds: UInt64 = 2
    public static let looksAtOpenedFile = 3
    public static let openedFilesToJudge = 256
    /// How often a process is looked at for how near to its limits it is, and the part of the
    /// memory that makes no difference.
    public static let lookAtLimitsMilliseconds: UInt64 = 1_000
    public static let nearLimitShare: UInt64 = 64

    /// What a program's file says of the permissions that it needs.
    public static let declaredPermissionBytes = 16 * 1024
    /// Largest plugin file.
    public static let executableBytes: Int64 = 1024 * 1024 * 1024
}
