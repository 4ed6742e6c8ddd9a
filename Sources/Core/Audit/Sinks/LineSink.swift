// Where a device's lines end up.

/// Used by one at a time. It may block; how long is the device's business.
protocol LineSink: AnyObject, Sendable {
    /// Whether a write comes back without waiting for anything but this machine's memory, as long
    /// as nothing is wrong with it. Then event loops write themselves.
    var answersAtOnce: Bool { get }

    /// Writes whole lines, each with its line end. When it returns they are written; when it throws
    /// they may be, in part or as a whole.
    func write(_ lines: UnsafeRawBufferPointer) throws(AuditFailure)

    /// Lets go of the file and takes the one that has its name now.
    func reopen() throws(AuditFailure)

    func close()
}

extension LineSink {
    var answersAtOnce: Bool { false }
}

/// Throws everything away: for measuring, and for people who need an enabled device.
final class DiscardSink: LineSink {
    var answersAtOnce: Bool { true }
    func write(_ lines: UnsafeRawBufferPointer) throws(AuditFailure) {}
    func reopen() throws(AuditFailure) {}
    func close() {}
}
