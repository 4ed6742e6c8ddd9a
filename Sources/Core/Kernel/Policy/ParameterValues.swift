// Lists of parameter values by parameter name, and how a request's value is compared with them.

public import JSON

/// Names are lower-case and compared as bytes; a handful at most, so a list searches as fast as a
/// table.
public struct ParameterValues: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    struct Entry: Sendable, Equatable {
        let name: [UInt8]
        var values: [JSONValue]
    }

    private var entries: [Entry] = []

    public init(dictionaryLiteral elements: (String, [JSONValue])...) {
        for (name, values) in elements { self[name] = values }
    }

    public var isEmpty: Bool { entries.isEmpty }

    public var count: Int { entries.count }

    public subscript(_ name: String) -> [JSONValue]? {
        get { values(for: name.lowercasedBytes) }
        set {
            let key = name.lowercasedBytes
            entries.removeAll { $0.name == key }
            if let newValue { entries.append(Entry(name: key, values: newValue)) }
        }
    }

    func values(for name: [UInt8]) -> [JSONValue]? {
        entries.first { $0.name == name }?.values
    }

    /// Two policies about one path: the lists are joined, and an empty list, which stands for every
    /// value, swallows the other.
    mutating func merge(_ other: ParameterValues) {
        guard !isEmpty else {
            self = other
            return
        }
        for entry in other.entries {
            if let index = entries.firstIndex(where: { $0.name == entry.name }) {
                let existing = entries[index].values
                let isAny = existing.isEmpty || entry.values.isEmpty
                entries[index].values = isAny ? [] : entry.values + existing
            } else {
                entries.append(entry)
            }
        }
    }
}

extension String {
    /// ASCII letters only: engines' parameter names are ASCII, and a wider folding would let two
    /// names meet that an engine tells apart.
    var lowercasedBytes: [UInt8] {
        utf8.map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }
    }
}

/// Compares a value of a request with the values of a rule. Allowing is strict and denying is
/// generous, because an engine may read the string "5" where a number was meant, and the other way
/// round.
enum ParameterMatch {
    static func isAllowed(_ value: JSONValue, by list: [JSONValue]) -> Bool {
        list.isEmpty || list.contains { matchesStrictly(value, $0) }
    }

    static func isDenied(_ value: JSONValue, by list: [JSONValue]) -> Bool {
        if list.isEmpty || list.contains(where: { matchesLoosely(value, $0) }) { return true }
        guard case .array(let elements) = value else { return false }
        return elements.contains { isDenied($0, by: list) }
    }

    private static func matchesStrictly(_ value: JSONValue, _ pattern: JSONValue) -> Bool {
        switch (value, pattern) {
        case (.string(let text), .string(let glob)): matches(text, glob: glob)
        case (.number(let one), .number(let other)): areEqual(one, other)
        case (.array(let one), .array(let other)):
            one.count == other.count && zip(one, other).allSatisfy { matchesStrictly($0, $1) }
        default: value == pattern
        }
    }

    private static func matchesLoosely(_ value: JSONValue, _ pattern: JSONValue) -> Bool {
        if matchesStrictly(value, pattern) { return true }
        guard let text = scalarText(value), let glob = scalarText(pattern) else { return false }
        return matches(text, glob: glob)
    }

    private static func scalarText(_ value: JSONValue) -> String? {
        switch value {
        case .string(let text): text
        case .number(let number): number.int.map(String.init) ?? number.text
        case .bool(let flag): flag ? "true" : "false"
        default: nil
        }
    }

    private static func areEqual(_ one: JSONNumber, _ other: JSONNumber) -> Bool {
        if let first = one.int, let second = other.int { return first == second }
        guard let first = one.double, let second = other.double else { return false }
        return first == second
    }

    /// `foo*`, `*foo` and `*foo*`; a lone `*` is only itself.
    private static func matches(_ text: String, glob: String) -> Bool {
        let value = Array(text.utf8)
        var pattern = Array(glob.utf8)[...]
        guard pattern.count >= 2 else { return value.elementsEqual(pattern) }
        let star = UInt8(ascii: "*")
        let isOpenAtStart = pattern.first == star
        let isOpenAtEnd = pattern.last == star
        if isOpenAtStart { pattern.removeFirst() }
        if isOpenAtEnd { pattern.removeLast() }
        switch (isOpenAtStart, isOpenAtEnd) {
        case (true, true): return contains(value, pattern)
        case (true, false): return value.reversed().starts(with: pattern.reversed())
        case (false, true): return value.starts(with: pattern)
        case (false, false): return value.elementsEqual(pattern)
        }
    }

    private static func contains(_ value: [UInt8], _ part: ArraySlice<UInt8>) -> Bool {
        guard value.count >= part.count else { return false }
        return (0...(value.count - part.count)).contains { value[$0...].starts(with: part) }
    }
}
