// The limits of the audit log, with their units in the name. `AuditLimitsTests` asserts how they
// relate.

public enum AuditLimits {
    /// Lines that wait for one device; a device that is this far behind takes no more.
    public static let queueLines = 8_192
    /// Bytes that wait for one device. One larger line is taken by a device that has nothing to do.
    public static let queueBytes = 64 << 20
    /// How long a line may wait for a device before the device counts as hung.
    public static let deviceDeadlineMilliseconds: UInt64 = 5_000
    /// How often deadlines are looked at.
    public static let watchMilliseconds: UInt64 = 250
    /// A write that takes longer than this on an event loop makes the device's own thread write for
    /// the pause that follows.
    public static let slowWriteNanoseconds: UInt64 = 20_000_000
    public static let slowPauseNanoseconds: UInt64 = 10_000_000_000
    /// Batches, other loops' among them, that an event loop writes before it goes on.
    public static let stepsOnLoop = 8
    /// A socket's `write_timeout` unless the options say otherwise, and the longest.
    public static let socketTimeoutMilliseconds: UInt64 = 2_000
    public static let longestSocketTimeoutMilliseconds: UInt64 = 60_000
    /// The pause before a device that hung is tried again; it doubles up to the longest.
    public static let firstRetryMilliseconds: UInt64 = 1_000
    public static let longestRetryMilliseconds: UInt64 = 10_000
    /// What a request's line and its response's line have in common is kept in between, up to this
    /// size.
    public static let keptFragmentBytes = 64 * 1024
    /// Callers whose part of a line is kept, for each device on each lane, and how large it may be.
    public static let knownCallers = 256
    public static let keptCallerBytes = 4 * 1024
    /// Buffers that a lane has with one device at most, and how large one may be to be used again.
    public static let keptBuffers = 8
    public static let keptBufferBytes = 256 * 1024
    /// Most devices, and the longest texts of one.
    public static let devices = 32
    public static let pathBytes = 512
    public static let descriptionBytes = 4 * 1024
    public static let optionBytes = 4 * 1024
    public static let prefixBytes = 256
    public static let syslogTagBytes = 48
    /// Most request headers that are written along, and the longest name.
    public static let headers = 128
    public static let headerNameBytes = 256
}
