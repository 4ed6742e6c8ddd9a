// Names of keys, roles and users: letters, digits and underscores, and between them hyphens and
// dots. Such a name is one segment of a path and of a storage key, and has one spelling.

import Paths

extension Request {
    /// The name that the path captured, or an error that says what a name is. `what` is the kind of
    /// thing that it names.
    public func plainName(
        _ capture: String, of what: String, maxBytes: Int
    ) throws(PluginError) -> String {
        guard let name = captures[capture], isPlainName(name), name.utf8.count <= maxBytes else {
            throw .badName(of: what, maxBytes: maxBytes)
        }
        return name
    }

    /// The same, in lower case: names that differ in case only are one.
    public func foldedName(
        _ capture: String, of what: String, maxBytes: Int
    ) throws(PluginError) -> String {
        try plainName(capture, of: what, maxBytes: maxBytes).lowercased()
    }
}

extension PluginError {
    public static func badName(of what: String, maxBytes: Int) -> PluginError {
        PluginError(
            .invalidRequest,
            "a \(what)'s name has letters, digits and underscores, and hyphens and dots between "
                + "them; at most \(maxBytes) of them")
    }
}

public func isPlainName(_ name: String) -> Bool {
    let bytes = name.utf8
    guard let first = bytes.first, let last = bytes.last, first.isWordByte, last.isWordByte else {
        return false
    }
    return bytes.allSatisfy {
        $0.isWordByte || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
    }
}

extension UInt8 {
    fileprivate var isWordByte: Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self)
            || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) || self == UInt8(ascii: "_")
    }
}
