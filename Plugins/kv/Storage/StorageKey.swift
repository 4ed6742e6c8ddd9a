// Where the engine's entries lie below the mount's own prefix.

enum StorageKey {
    /// The settings of a version 2 mount (`EngineSettings`).
    static let settings = "config"

    /// How far the upgrade from version 1 is (`UpgradeState`). Absent on a version 1 mount.
    static let upgrade = "upgrade"

    /// Secrets of version 1, one entry each.
    static let plainPrefix = "v1/"
    static func plain(_ path: String) -> String { plainPrefix + path }

    /// Secrets of version 2: metadata and the newest version's data (`Secret`).
    static let secretPrefix = "v2/"
    static func secret(_ path: String) -> String { secretPrefix + path }

    /// The data of an older version. The number is the last segment and always there, so that no
    /// two pairs of path and number make the same key ("a" version 3 and "a/3" version 1 do not).
    static func version(_ number: UInt64, of path: String) -> String { "old/\(path)/\(number)" }
}
