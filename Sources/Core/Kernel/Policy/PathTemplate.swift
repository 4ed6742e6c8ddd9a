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

    /// What becomes of a templated path for an entity.
    enum Filled: Equatable {
        case path(String)
        /// The entity has no such value.
        case unknown
        /// The entity has a value that could make the rule say something else than its author
        /// meant. The rule then grants nothing; what it denies is denied for all that begins with
        /// this.
        case refused(prefix: String)
    }

    static func fill(_ path: String, _ values: any TemplateValues) -> Filled {
        var filled: [UInt8] = []
        var rest = Array(path.utf8)[...]
        while let opening = firstPair(UInt8(ascii: "{"), in: rest) {
            filled += rest[..<opening]
            rest = rest[(opening + 2)...]
            guard let closing = firstPair(UInt8(ascii: "}"), in: rest) else { return .unknown }
            let name = String(decoding: rest[..<closing], as: UTF8.self).trimmingASCIISpaces
            rest = rest[(closing + 2)...]
            guard let value = values.value(name) else { return .unknown }
            guard isHarmless(value) else {
                return .refused(prefix: String(decoding: filled.withoutWildcards, as: UTF8.self))
            }
            filled += Array(value.utf8)
        }
        return .path(String(decoding: filled + rest, as: UTF8.self))
    }

    /// A value stands for one segment of a path or a part of one, and for itself only: it brings no
    /// wildcard, no further segment, no list and no end of a quotation.
    private static func isHarmless(_ value: String) -> Bool {
        if value.isEmpty || value == "." || value == ".." { return false }
        return value.unicodeScalars.allSatisfy { scalar in
            switch scalar {
            case "*", "+", "/", ",", "\"", "\\": false
            default: scalar.properties.generalCategory != .control
            }
        }
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

extension [UInt8] {
    /// What stands before the first wildcard.
    fileprivate var withoutWildcards: ArraySlice<UInt8> {
        prefix { $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "*") }
    }
}

/// What fills templates: somebody's identity.
protocol TemplateValues {
    /// The value of a parameter such as `identity.entity.id`, or `nil` if there is none.
    func value(_ parameter: String) -> String?
}
