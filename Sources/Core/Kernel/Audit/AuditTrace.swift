// What the audit log remembers of a request between its two lines.

internal import Audit
internal import Synchronization

/// Made for a request only while devices are enabled.
final class AuditTrace: Sendable {
    private let state = Mutex<(subject: AuditSubject, isDenied: Bool)?>(nil)

    func note(_ subject: AuditSubject, isDenied: Bool) {
        state.withLock { $0 = (subject, isDenied) }
    }

    var noted: (subject: AuditSubject, isDenied: Bool)? { state.withLock { $0 } }
}
