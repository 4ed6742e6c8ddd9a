// Names of keys: letters, digits, underscores, and between them hyphens and dots.

import Paths
import PluginSDK

extension Request {
    /// The key that the path names.
    func keyName(_ capture: String = "name") throws(PluginError) -> String {
        guard let name = captures[capture], isKeyName(name) else { throw .badKeyName }
        return name
    }
}

func isKeyName(_ name: String) -> Bool {
    let bytes = name.utf8
    guard let first = bytes.first, let last = bytes.last, first.isWordByte, last.isWordByte,
        bytes.count <= Limits.maxKeyNameBytes
    else { return false }
    return bytes.allSatisfy {
        $0.isWordByte || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
    }
}

extension PluginError {
    static let badKeyName = PluginError(
        .invalidRequest,
        "a key's name has letters, digits and underscores, and hyphens and dots between them; at "
            + "most \(Limits.maxKeyNameBytes) of them")
}

extension UInt8 {
    fileprivate var isWordByte: Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self)
            || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) || self == UInt8(ascii: "_")
    }
}
