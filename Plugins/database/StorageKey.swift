// Where the engine keeps what, and which names it keeps it under.

import JSON
import Paths
import PluginSDK

enum StorageKey {
    static let configs = "config/"
    static let roles = "role/"
    static let staticRoles = "static-role/"
    /// Names begin with the time at which a static role is due, in sixteen hexadecimal digits.
    static let rotations = "static-due/"

    static func config(_ name: String) -> String { configs + name }
    static func role(_ name: String) -> String { roles + name }
    static func staticRole(_ name: String) -> String { staticRoles + name }

    static func rotation(_ name: String, dueAt seconds: Int64) -> String {
        let digits = String(UInt64(max(0, seconds)), radix: 16)
        return rotations + String(repeating: "0", count: 16 - digits.count) + digits + "-" + name
    }
}

/// A name below `StorageKey.rotations`, taken apart.
struct RotationName {
    let dueAt: Int64
    let role: String

    init?(_ text: String) {
        guard text.utf8.count > 17, let time = Int64(text.prefix(16), radix: 16) else { return nil }
        dueAt = time
        role = String(text.dropFirst(17))
    }
}

extension Request {
    /// What the path names: letters, digits and underscores, between them also hyphens and dots.
    /// The data are looked at too: what is no JSON object is refused, whether it is used or not.
    func name() throws(PluginError) -> String {
        _ = try fields()
        guard let name = captures["name"], isName(name) else {
            throw PluginError(
                .invalidRequest,
                "a name has letters, digits and underscores, and hyphens and dots between them; at "
                    + "most \(Limits.maxNameBytes) of them")
        }
        return name
    }
}

func isName(_ text: String) -> Bool {
    let bytes = text.utf8
    guard let first = bytes.first, let last = bytes.last, first.isWordByte, last.isWordByte,
        bytes.count <= Limits.maxNameBytes
    else { return false }
    return bytes.allSatisfy {
        $0.isWordByte || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
    }
}

extension UInt8 {
    var isWordByte: Bool {
        switch self {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F: true
        default: false
        }
    }
}

extension String {
    func hasSameBytes(as other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}

/// LIST of a folder; no names are a 404.
func listPath(_ pattern: String, _ folder: String, help: String) -> Path {
    Path(pattern, .list, fields: NameListing.fields, help: help) { request in
        try NameListing.outcome(request, prefix: folder)
    }
}
