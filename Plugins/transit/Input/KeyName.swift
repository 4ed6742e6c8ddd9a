// Names of keys.

import Paths
import PluginSDK

extension Request {
    /// The key that the path names.
    func keyName(_ capture: String = "name") throws(PluginError) -> String {
        try plainName(capture, of: "key", maxBytes: Limits.maxKeyNameBytes)
    }
}

func isKeyName(_ name: String) -> Bool {
    isPlainName(name) && name.utf8.count <= Limits.maxKeyNameBytes
}

extension PluginError {
    static let badKeyName = PluginError.badName(of: "key", maxBytes: Limits.maxKeyNameBytes)
}
