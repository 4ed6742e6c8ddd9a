// Removing secret ids that are of no use any more: expired ones, and those of roles that are gone.

import PluginSDK

/// Goes through the folders of secret ids, one for each role, a page at a time.
struct Sweep: Sendable {
    let now: Timestamp
    private var removed = 0
    private let end: @Sendable (Int) throws -> Outcome

    /// - Parameter end: goes on with how many were removed.
    init(now: Timestamp, end: @escaping @Sendable (Int) throws -> Outcome) {
        self.now = now
        self.end = end
    }

    /// All of them.
    func folders(after: String? = nil) -> Outcome {
        .list(prefix: StorageKey.secretIDPrefix, after: after, limit: 1) { page in
            guard let name = page.names.first else { return try end(removed) }
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
                    guard let entry = try entries.secretID(key), !isOwned || entry.isExpired(now)
                    else { continue }
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
}
