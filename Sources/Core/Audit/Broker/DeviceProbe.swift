// One line to see whether a device can be written to, before anything depends on it.

public import Clock
public import Cryptography

extension AuditDevice {
    /// Writes a line of its own and waits for it, no longer than the device's deadline.
    public func probe(
        id: UUID128 = UUID128(), now: Timestamp = .now
    ) async -> AuditFailure? {
        var request = EntryRequest(id: id, operation: "update", path: "sys/audit/test")
        request.namespaceID = "root"
        let subject = AuditSubject(lane: 0, request: request, auth: EntryAuth())
        let line = LineBuffer()
        LineFormatter(deviceID: self.id, format: format, salt: salt)
            .appendRequest(subject, error: nil, at: now, to: line)
        return await withCheckedContinuation { continuation in
            let batch = AuditBatch(
                [.init(failures: nil) { continuation.resume(returning: $0) }], devices: 1,
                deliver: { $0() })
            offer(line, count: 1, of: batch, now: MonotonicClock.nowNanoseconds)
        }
    }
}
