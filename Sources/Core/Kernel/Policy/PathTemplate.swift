// The `{{identity…}}` parts of a path, checked when the policy is written and filled in per entity.

enum PathTemplate {
    /// The parameter names in the path, in order; empty for a path that is no template.
    static func parameters(
        of path: String, orThrow error: (String) -> PolicyError
    ) throws(PolicyError) -> [String] {
        var parameters: [String] = []
        var rest = Array(path.utf8)[...]
        while let opening = firstPair(UInt8(ascii: "{"), in: rest) {
            guard firstPair(UInt8(ascii: "}"), in: rest[..<opening]) == nil else {
                throw error("template is closed before it is opened")
            }
            rest = rest[(opening + 2)...]
            guard let closing = firstPair(UInt8(ascii: "}"), in: rest) else {
                throw error("template is never closed")
            }
            let name = String(decoding: rest[..<closing], as: UTF8.self)
            let trimmed = name.trimmingASCIISpaces
            guard isKnown(trimmed) else {
                throw error("unknown template parameter \(trimmed.quotedForMessage)")
            }
            parameters.append(trimmed)
            rest = rest[(closing + 2)...]
        }
        guard firstPair(UInt8(ascii: "}"), in: rest) == nil else {
            throw error("template is closed before it is opened")
        }
        return parameters
    }

    private static func firstPair(_ byte: UInt8, in bytes: ArraySlice<UInt8>) -> Int? {
        guard bytes.count >= 2 else { return nil }
        return (bytes.startIndex..<(bytes.endIndex - 1)).first {
            bytes[$0] == byte && bytes[$0 + 1] == byte
        }
    }

    private static func isKnown(_ name: String) -> Bool {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 3, parts[0] == "identity", !parts.contains("") else { return false }
        switch parts[1] {
        case "entity": return isEntityParameter(Array(parts[2...]))
        case "groups": return isGroupParameter(Array(parts[2...]))
        default: return false
        }
    }

    private static func isEntityParameter(_ parts: [String]) -> Bool {
        switch (parts[0], parts.count) {
        case ("id", 1), ("name", 1): true
        case ("metadata", 2...): true
        case ("aliases", 3): parts[2] == "id" || parts[2] == "name"
        case ("aliases", 4...): parts[2] == "metadata" || parts[2] == "custom_metadata"
        default: false
        }
    }

    private static func isGroupParameter(_ parts: [String]) -> Bool {
        guard parts.count >= 3 else { return false }
        switch (parts[0], parts[2]) {
        case ("ids", "name"), ("names", "id"): return parts.count == 3
        case ("ids", "metadata"), ("names", "metadata"): return parts.count >= 4
        default: return false
        }
    }
}

extension String {
    fileprivate var trimmingASCIISpaces: String {
        var bytes = Array(utf8)[...]
        while bytes.first == 0x20 { bytes.removeFirst() }
        while bytes.last == 0x20 { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }
}
