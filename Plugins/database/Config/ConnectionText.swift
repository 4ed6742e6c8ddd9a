// Connection strings: what is put in where they have a placeholder, and what of them is shown.

enum ConnectionText {
    private static let mask = Array("*****".utf8)

    /// What stands for the engine's own user; it has two names.
    static func values(username: String) -> [(name: String, value: String)] {
        [("{{username}}", username), ("{{name}}", username)]
    }

    static func values(username: String, password: String) -> [(name: String, value: String)] {
        values(username: username) + [("{{password}}", password)]
    }

    /// The text with each password that is written out in it replaced; a template's placeholder is
    /// none.
    static func masked(_ text: String) -> String {
        var bytes = maskingUserInfo(Array(text.utf8))
        bytes = maskingParameter(bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// `scheme://user:password@host`, and `user:password@tcp(host)`. The last `@` before the host
    /// ends the password, whatever is in it.
    private static func maskingUserInfo(_ bytes: [UInt8]) -> [UInt8] {
        var start = 0
        if let scheme = bytes.firstRange(of: Array("://".utf8)) { start = scheme.upperBound }
        let rest = bytes[start...]
        // Without a scheme this may be a list of `name=value`, in which nothing is before an `@`.
        if start == 0,
            rest.prefix(while: { $0 != UInt8(ascii: ":") }).contains(UInt8(ascii: "="))
        {
            return bytes
        }
        let end = rest.firstIndex(of: UInt8(ascii: "?")) ?? rest.endIndex
        guard
            let at = rest[..<end].lastIndex(of: UInt8(ascii: "@"))
                ?? rest.lastIndex(of: UInt8(ascii: "@")),
            let colon = rest[..<at].firstIndex(of: UInt8(ascii: ":"))
        else { return bytes }
        let password = bytes[(colon + 1)..<at]
        if password.isEmpty || isPlaceholder(password) { return bytes }
        return bytes[...colon] + mask + bytes[at...]
    }

    /// `password=…`, in a list or after a `?`.
    private static func maskingParameter(_ bytes: [UInt8]) -> [UInt8] {
        let name = Array("password".utf8)
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            let lower = bytes[index...].prefix(name.count).map { $0 | 0x20 }
            let isStart = index == 0 || !bytes[index - 1].isWordByte
            var value = index + name.count
            while value < bytes.count, bytes[value] == UInt8(ascii: " ") { value += 1 }
            guard isStart, lower == name, value < bytes.count, bytes[value] == UInt8(ascii: "=")
            else {
                result.append(bytes[index])
                index += 1
                continue
            }
            value += 1
            while value < bytes.count, bytes[value] == UInt8(ascii: " ") { value += 1 }
            let end = endOfValue(bytes, value)
            result += bytes[index..<value]
            result += isPlaceholder(bytes[value..<end]) ? Array(bytes[value..<end]) : mask
            index = end
        }
        return result
    }

    private static func endOfValue(_ bytes: [UInt8], _ start: Int) -> Int {
        let quote = UInt8(ascii: "'")
        if start < bytes.count, bytes[start] == quote {
            var index = start + 1
            while index < bytes.count, bytes[index] != quote {
                index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
            }
            return min(index + 1, bytes.count)
        }
        let ends: [UInt8] = [UInt8(ascii: " "), UInt8(ascii: "&")]
        return bytes[start...].firstIndex(where: ends.contains) ?? bytes.count
    }

    private static func isPlaceholder(_ value: ArraySlice<UInt8>) -> Bool {
        let inner = value.filter { $0 != UInt8(ascii: "'") && $0 != UInt8(ascii: " ") }
        return inner == Array("{{password}}".utf8)
    }
}

extension String {
    func replacingAll(_ part: String, by value: String) -> String {
        replacingAll([(part, value)])
    }

    /// Byte by byte, all at once: what is put in is not looked at again.
    func replacingAll(_ parts: [(name: String, value: String)]) -> String {
        let wanted = parts.map { (Array($0.name.utf8), Array($0.value.utf8)) }
        var result: [UInt8] = []
        var rest = Array(utf8)[...]
        while let byte = rest.first {
            if let (name, value) = wanted.first(where: { !$0.0.isEmpty && rest.starts(with: $0.0) })
            {
                result += value
                rest = rest.dropFirst(name.count)
            } else {
                result.append(byte)
                rest = rest.dropFirst()
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
