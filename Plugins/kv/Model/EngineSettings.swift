// What `config` holds: the settings of all secrets of a mount.

import Clock

struct EngineSettings: Equatable, Sendable {
    /// 0 is "not set".
    var maxVersions: UInt32 = 0
    var isCheckAndSetRequired = false
    /// 0 is "not set"; -1 switches the feature off for every secret of the mount.
    var deleteVersionAfterSeconds: Int64 = 0

    static let deletionOff: Int64 = -1

    /// When a version made now is to be deleted: after the shorter of the two settings that is set.
    func deletionTime(from now: Timestamp, secretSetting: Int64) -> Timestamp? {
        guard deleteVersionAfterSeconds >= 0 else { return nil }
        let shortest = [deleteVersionAfterSeconds, secretSetting].filter { $0 > 0 }.min()
        return shortest.map { now.adding(seconds: $0) }
    }

    func keptVersions(secretSetting: UInt32) -> UInt64 {
        let asked = UInt64(max(maxVersions, secretSetting))
        return asked > 0 ? asked : Limits.defaultKeptVersions
    }
}
