// How values may be written: Vault's files say `tls_disable = 1`, "true" and true and mean the
// same.

import HCL

enum ConfigurationValues {
    static func bool(_ value: HCLValue) -> Bool? {
        switch value.kind {
        case .bool(let flag): flag
        case .string(let text): bool(text)
        case .number: value.intValue == 0 ? false : value.intValue == 1 ? true : nil
        default: nil
        }
    }

    /// The words that Go's `strconv.ParseBool` knows.
    static func bool(_ text: String) -> Bool? {
        switch text {
        case "1", "t", "T", "TRUE", "true", "True": true
        case "0", "f", "F", "FALSE", "false", "False": false
        default: nil
        }
    }

    static func int(_ value: HCLValue) -> Int? {
        value.intValue ?? value.stringValue.flatMap { Int($0) }
    }

    /// A number of bytes, or a string with a unit: 1048576, "1048576", "1MiB", "10 GB".
    static func bytes(_ value: HCLValue) -> Int? {
        if let count = value.intValue { return count }
        guard let text = value.stringValue else { return nil }
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let unit = text.dropFirst(digits.count).drop { $0 == " " }.lowercased()
        guard let count = Int(digits), let factor = byteUnits[unit] else { return nil }
        let (product, hasOverflown) = count.multipliedReportingOverflow(by: factor)
        return hasOverflown ? nil : product
    }

    private static let byteUnits: [String: Int] = [
        "": 1, "b": 1,
        "kb": 1_000, "mb": 1_000_000, "gb": 1_000_000_000, "tb": 1_000_000_000_000,
        "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40,
    ]

    /// Permissions are octal however they are written: "0600", "600", 0600 and 600.
    static func permissions(_ value: HCLValue) -> UInt32? {
        let text: String
        switch value.kind {
        case .string(let string): text = string
        case .number(let digits): text = digits
        default: return nil
        }
        guard let mode = UInt32(text, radix: 8), mode <= 0o7777 else { return nil }
        return mode
    }

    static func strings(_ value: HCLValue) -> [String]? {
        if let text = value.stringValue {
            return text.split(separator: ",").map { String($0.drop { $0 == " " }) }
        }
        guard let elements = value.listValue else { return nil }
        let strings = elements.compactMap(\.stringValue)
        return strings.count == elements.count ? strings : nil
    }

    /// A full URL that another host can be sent to.
    static func isURL(_ text: String) -> Bool {
        for scheme in ["http://", "https://"] where text.hasPrefix(scheme) {
            let host = text.dropFirst(scheme.count).prefix { $0 != "/" }
            return !host.isEmpty && host.first != ":"
                && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x7B }
        }
        return false
    }
}
