// A secret of version 2, as one storage entry holds it: its settings, what is known of each kept
// version, and the newest version's data. Older versions' data are entries of their own.

import Clock

struct Secret: Equatable, Sendable {
    /// 0 is "as the mount says".
    var maxVersions: UInt32 = 0
    var isCheckAndSetRequired = false
    /// 0 is "as the mount says".
    var deleteVersionAfterSeconds: Int64 = 0
    var customMetadata = CustomMetadata()
    var created: Timestamp
    var updated: Timestamp
    private(set) var currentVersion: UInt64 = 0
    /// As Vault counts it: 0 until the first version was pruned or could have been.
    private(set) var oldestVersion: UInt64 = 0
    /// The kept versions without a gap; the last one is `currentVersion`.
    private(set) var versions: [SecretVersion] = []
    /// The newest version's data, a JSON object as the client sent it; nil if destroyed or not
    /// there yet.
    private(set) var newestData: ArraySlice<UInt8>?

    /// A secret with metadata and no version yet.
    init(createdAt now: Timestamp) {
        created = now
        updated = now
    }

    /// A secret as it was stored; nil if the parts contradict each other.
    init?(
        created: Timestamp, updated: Timestamp, currentVersion: UInt64, oldestVersion: UInt64,
        versions: [SecretVersion], newestData: ArraySlice<UInt8>?
    ) {
        // Half of the range is out of reach by counting, and keeps the arithmetic from trapping.
        guard currentVersion < UInt64.max / 2, oldestVersion <= currentVersion,
            UInt64(versions.count) <= currentVersion,
            (versions.last.map { !$0.isDestroyed } ?? false) == (newestData != nil)
        else { return nil }
        self.created = created
        self.updated = updated
        self.currentVersion = currentVersion
        self.oldestVersion = oldestVersion
        self.versions = versions
        self.newestData = newestData
    }

    var firstKeptVersion: UInt64 { currentVersion - UInt64(versions.count) + 1 }

    func version(_ number: UInt64) -> SecretVersion? {
        index(of: number).map { versions[$0] }
    }

    /// Kept versions older than the newest whose data lie in entries of their own.
    var versionsStoredApart: [UInt64] {
        zip(firstKeptVersion..., versions.dropLast()).filter { !$1.isDestroyed }.map(\.0)
    }

    private func index(of number: UInt64) -> Int? {
        guard !versions.isEmpty, number >= firstKeptVersion, number <= currentVersion else {
            return nil
        }
        return Int(number - firstKeptVersion)
    }

    /// What a new version does to the entries of the older ones.
    struct Succession {
        /// The version that was newest, with its data, if it has any and is kept.
        var superseded: (number: UInt64, data: ArraySlice<UInt8>)?
        /// Versions whose entries are to be deleted.
        var pruned: [UInt64] = []
    }

    mutating func add(
        _ data: ArraySlice<UInt8>, at now: Timestamp, under engine: EngineSettings
    ) -> Succession {
        var succession = Succession()
        let previous = currentVersion
        let previousData = newestData

        currentVersion += 1
        updated = now
        versions.append(
            SecretVersion(
                created: now,
                deletion: engine.deletionTime(
                    from: now, secretSetting: deleteVersionAfterSeconds)))
        newestData = data

        let kept = engine.keptVersions(secretSetting: maxVersions)
        if currentVersion - oldestVersion >= kept {
            let firstKept = currentVersion - kept + 1
            let firstBefore = firstKeptVersion
            if firstKept > firstBefore {
                let dropped = versions.prefix(Int(firstKept - firstBefore))
                for (number, version) in zip(firstBefore..., dropped)
                where number < previous && !version.isDestroyed {
                    succession.pruned.append(number)
                }
                versions.removeFirst(dropped.count)
            }
            oldestVersion = firstKept
        }
        if let previousData, previous >= oldestVersion {
            succession.superseded = (previous, previousData)
        }
        return succession
    }

    /// Marks a version deleted; false if there was nothing to mark.
    mutating func delete(version number: UInt64, at now: Timestamp) -> Bool {
        guard let index = index(of: number), versions[index].isReadable(at: now) else {
            return false
        }
        versions[index].deletion = now
        return true
    }

    mutating func undelete(
        version number: UInt64, at now: Timestamp, under engine: EngineSettings
    ) -> Bool {
        guard let index = index(of: number), !versions[index].isDestroyed,
            versions[index].deletion != nil
        else { return false }
        versions[index].deletion = engine.deletionTime(
            from: now, secretSetting: deleteVersionAfterSeconds)
        return true
    }

    mutating func destroy(version number: UInt64) -> Bool {
        guard let index = index(of: number), !versions[index].isDestroyed else { return false }
        versions[index].isDestroyed = true
        if number == currentVersion { newestData = nil }
        return true
    }
}
