// The limits of the audit log and how they relate.

import Audit
import Testing

@Suite struct AuditLimitsTests {
    @Test("deadlines are looked at often enough to be kept, and a socket times out before them")
    func times() {
        #expect(AuditLimits.watchMilliseconds * 4 <= AuditLimits.deviceDeadlineMilliseconds)
        #expect(AuditLimits.socketTimeoutMilliseconds < AuditLimits.deviceDeadlineMilliseconds)
        #expect(AuditLimits.firstRetryMilliseconds <= AuditLimits.longestRetryMilliseconds)
    }

    @Test("what is kept between two lines is small beside what may wait for a device")
    func sizes() {
        #expect(AuditLimits.keptFragmentBytes * 256 <= AuditLimits.queueBytes)
    }
}
