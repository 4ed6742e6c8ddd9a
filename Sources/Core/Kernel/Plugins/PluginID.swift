// Which plugin is meant: its kind and its name.

internal import Paths

/// A plugin of the catalog, in all its versions.
struct PluginID: Sendable, Hashable {
    let kind: BackendKind
    let name: String

    /// For messages: `secret plugin "counter"`.
    var label: String { "\(kind.rawValue) plugin \"\(VisibleText.escaping(name))\"" }

    /// As it is in storage keys; a name has no colon.
    var key: String { kind.rawValue + ":" + name }

    /// Names stand in paths, tables, logs and storage keys.
    static func isName(_ name: String) -> Bool {
        guard !name.isEmpty, name.utf8.count <= KernelLimits.pluginNameBytes,
            name.utf8.first != UInt8(ascii: ".")
        else { return false }
        return name.utf8.allSatisfy {
            switch $0 {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
                UInt8(ascii: "."):
                true
            default: false
            }
        }
    }
}
