// Removing secret ids that are of no use any more: expired ones, and those of roles that are gone.

import PluginSDK

/// Goes through the folders of secret ids, one for each role, a page at a time.
struct Sweep: Sendable {
    let now: Timestamp
    private(set) var removed = 0
    /// When the first of those that were left will have expired.
    private(set) var nextExpiry: Timestamp?
    private let end: @Sendable (Sweep) throws -> Outcome

    /// - Parameter end: goes on when all folders were looked at.
    init(now: Timestamp, end: @escaping @Sendable (Sweep) throws -> Outcome) {
        self.now = now
        self.end = end
    }

    /// The answer asks for the next sweep, if there will be something to remove.
    func answer(_ answer: Answer) -> Answer {
        guard let nextExpiry else { return answer }
        return answer.waking(afterSeconds: Self.wait(until: nextExpiry, now: now))
    }

    /// Many are removed at once: nothing is in a hurry about them. A year at most, which the core
    /// takes; who wakes up early asks again.
    static func wait(until expiry: Timestamp, now: Timestamp) -> UInt64 {
        let (seconds, overflow) = expiry.seconds.subtractingReportingOverflow(now.seconds)
        let year: Int64 = 365 * 24 * 3600
        return UInt64(overflow ? year : min(max(0, seconds), year)) + Limits.sweepDelaySeconds
    }

    /// All of them.
    func folders(after: String? = nil) -> Outcome {
        .list(prefix: StorageKey.secretIDPrefix, after: after, limit: 1) { page in
            guard let name = page.names.first else { return try end(self) }
            let folder = String(name.utf8.last == UInt8(ascii: "/") ? name.dropLast() : name[...])
            let owner = StorageKey.owner(folder: folder)
            return .read([owner]) { entries in
                // The role was there before its first secret id, so without it there is no role.
                let isOwned = try entries.text(owner) != nil
                return self.folder(folder, isOwned: isOwned) { sweep in
                    sweep.folders(after: name)
                }
            }
        }
    }

    /// Those of one role; all of them if the role is gone.
    func folder(
        _ folder: String, isOwned: Bool, after: String? = nil,
        then: @escaping @Sendable (Sweep) throws -> Outcome
    ) -> Outcome {
        let prefix = StorageKey.secretIDPrefix + folder + "/"
        return .list(prefix: prefix, after: after, limit: Limits.sweepPageNames) { page in
            guard let last = page.names.last else { return try then(self) }
            let keys = page.names.map { prefix + $0 }
            return .read(keys) { entries in
                var batch = WriteBatch()
                var next = self
                for key in keys {
                    guard let entry = try entries.secretID(key) else { continue }
                    if isOwned, !entry.isExpired(now) {
                        next.note(entry.expires)
                        continue
                    }
                    batch.delete(key)
                    batch.delete(StorageKey.accessor(folder: folder, entry.accessor))
                    next.removed += 1
                }
                let swept = next
                return .commit(batch) {
                    guard page.more else { return try then(swept) }
                    return swept.folder(folder, isOwned: isOwned, after: last, then: then)
                }
            }
        }
    }

    private mutating func note(_ expiry: Timestamp?) {
        guard let expiry else { return }
        nextExpiry = min(nextExpiry ?? expiry, expiry)
    }
}
