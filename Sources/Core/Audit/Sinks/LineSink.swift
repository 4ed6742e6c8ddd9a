// Where a device's lines end up.

/// Used by the device's writer thread only, so it may block; how long is the device's business.
protocol LineSink: AnyObject, Sendable {
    /// Writes whole lines, each with its line end. When it returns they are written; when it throws
    /// they may be, in part or as a whole.
    func write(_ lines: UnsafeRawBufferPointer) throws(AuditFailure)

    /// Lets go of the file and takes the one that has its name now.
    func reopen() throws(AuditFailure)

    func close()
}

/// Throws everything away: for measuring, and for people who need an enabled device.
final class DiscardSink: LineSink {
    func write(_ lines: UnsafeRawBufferPointer) throws(AuditFailure) {}
    func reopen() throws(AuditFailure) {}
    func close() {}
}
