// Where the engine's entries lie below the mount's own prefix.
//
// A key is two entries that are always written together. The mark is sixteen random bytes, new with
// each change: requests read it, and where the key in memory has the same mark nothing else. The
// ring is the whole key.

enum StorageKey {
    static let markPrefix = "key/"
    static func mark(_ name: String) -> String { markPrefix + name }
    static func ring(_ name: String) -> String { "ring/\(name)" }

    /// How often its versions have encrypted; see `KeyUses`.
    static func uses(_ name: String) -> String { "uses/\(name)" }

    static let cacheSettings = "config/cache"
    static let keysSettings = "config/keys"
    /// The key pair that imported keys are wrapped for (a `KeyRing` of one version).
    static let wrappingKey = "wrapping"
}
