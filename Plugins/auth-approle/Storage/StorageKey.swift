// Where the method's entries lie below the mount's own prefix.
//
// A role has a random key, which names the folders of its secret ids: those of a role that was
// deleted can never be another's, whatever name that one has, and even before they are swept.

import Cryptography
import PluginSDK

enum StorageKey {
    static let mountKey = "key"

    static let rolePrefix = "role/"
    static func role(_ name: String) -> String { rolePrefix + name }

    /// The name of the role that has the id.
    static func roleID(_ code: String) -> String { "role-id/\(code)" }

    /// The name of the role that has the key.
    static func owner(_ roleKey: [UInt8]) -> String { owner(folder: Hex.encode(roleKey)) }
    static func owner(folder: String) -> String { "owner/\(folder)" }

    static let secretIDPrefix = "secret/"
    static func secretID(_ roleKey: [UInt8], code: String) -> String {
        secretIDPrefix + Hex.encode(roleKey) + "/" + code
    }

    static func accessorPrefix(_ roleKey: [UInt8]) -> String { "accessor/\(Hex.encode(roleKey))/" }

    /// The storage key of the secret id that has the accessor.
    static func accessor(folder: String, _ accessor: String) -> String {
        "accessor/\(folder)/\(accessor)"
    }
    static func accessor(_ roleKey: [UInt8], _ accessor: String) -> String {
        self.accessor(folder: Hex.encode(roleKey), accessor)
    }
}
