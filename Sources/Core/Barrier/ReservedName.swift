// The barrier's own records, which no reader or writer of entries can name.

enum ReservedName: String, CaseIterable {
    /// Encrypted by the root key.
    case keyring = "core/keyring"
    /// How often the active key was used, ahead of the truth.
    case usage = "core/keyring-usage"
    /// The root key, encrypted by the unseal key that Shamir shares give.
    case shamirRoot = "core/shamir-root"
    /// In plain, since it is read before there is a key.
    case sealConfiguration = "core/seal-config"

    static let folder = "core/"

    static func contains(_ key: String) -> Bool {
        // Lengths first: this is asked for every entry.
        guard (12...18).contains(key.utf8.count) else { return false }
        return allCases.contains { $0.rawValue.utf8.elementsEqual(key.utf8) }
    }

    static func isReserved(_ name: String, in folder: String) -> Bool {
        folder.utf8.elementsEqual(Self.folder.utf8) && contains(folder + name)
    }

    static func check(_ key: String) throws(BarrierError) {
        guard !contains(key) else {
            throw BarrierError(.invalidKey, "the name belongs to the barrier", key: key)
        }
    }
}
