// Answers about certificates that are asked for again and again. One is given twice only while
// nothing that it says has changed, and for a minute at most.

import Certificates
import Synchronization

final class StatusCache: Sendable {
    struct Entry: Sendable {
        let statuses: [CertificateStatus]
        /// Names the state of the authority that signed.
        let mark: [UInt8]
        let made: CertificateTime
        let body: [UInt8]
    }

    private let entries = Mutex<[[UInt8]: Entry]>([:])

    func find(
        _ question: [UInt8], _ statuses: [CertificateStatus], _ mark: [UInt8],
        _ now: CertificateTime
    ) -> [UInt8]? {
        guard let entry = entries.withLock({ $0[question] }), entry.mark == mark,
            entry.statuses == statuses, entry.made <= now,
            now.seconds - entry.made.seconds < Limits.statusCacheSeconds
        else { return nil }
        return entry.body
    }

    func insert(_ entry: Entry, _ question: [UInt8]) {
        entries.withLock { entries in
            if entries.count >= Limits.maxCachedStatuses { entries = [:] }
            entries[question] = entry
        }
    }
}
