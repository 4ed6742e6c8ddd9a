// Members in the order they came. Keys are compared as bytes: Swift's String == would take two
// spellings of "é" for the same key.

import Glibc

public struct JSONObject: Sendable {
    public private(set) var members: [(key: String, value: JSONValue)]
    /// Places of the keys; kept only for objects too large to search through.
    private var places: [KeyBytes: Int] = [:]

    private static let searchLimit = 16

    public init() { members = [] }

    /// Of members with the same key the last counts.
    public init(_ members: some Sequence<(String, JSONValue)>) {
        self.init()
        for (key, value) in members { self[key] = value }
    }

    /// For members whose keys are known to differ.
    init(distinct members: [(key: String, value: JSONValue)]) {
        self.members = members
        rebuildPlaces()
    }

    public var count: Int { members.count }
    public var isEmpty: Bool { members.isEmpty }
    public var keys: [String] { members.map(\.key) }

    public subscript(_ key: String) -> JSONValue? {
        get { place(of: key).map { members[$0].value } }
        set {
            guard let newValue else {
                removeValue(forKey: key)
                return
            }
            if let place = place(of: key) {
                members[place].value = newValue
            } else {
                append(key, newValue)
            }
        }
    }

    @discardableResult
    public mutating func removeValue(forKey key: String) -> JSONValue? {
        guard let place = place(of: key) else { return nil }
        let removed = members.remove(at: place).value
        rebuildPlaces()
        return removed
    }

    public mutating func removeAll(where isDoomed: (String, JSONValue) throws -> Bool) rethrows {
        try members.removeAll { try isDoomed($0.key, $0.value) }
        rebuildPlaces()
    }

    func place(of key: String) -> Int? {
        if members.count > Self.searchLimit { return places[KeyBytes(key)] }
        return members.firstIndex { KeyBytes.equal($0.key, key) }
    }

    mutating func append(_ key: String, _ value: JSONValue) {
        members.append((key, value))
        if members.count == Self.searchLimit + 1 {
            rebuildPlaces()
        } else if members.count > Self.searchLimit {
            places[KeyBytes(key)] = members.count - 1
        }
    }

    /// Changes the value at a place without a copy of it.
    mutating func update(at place: Int, _ body: (inout JSONValue) -> Void) {
        body(&members[place].value)
    }

    /// Removes members by place, all in one pass.
    mutating func remove(at doomed: Set<Int>) {
        guard !doomed.isEmpty else { return }
        members = members.enumerated().filter { !doomed.contains($0.offset) }.map(\.element)
        rebuildPlaces()
    }

    private mutating func rebuildPlaces() {
        places = [:]
        guard members.count > Self.searchLimit else { return }
        places.reserveCapacity(members.count)
        for (place, member) in members.enumerated() { places[KeyBytes(member.key)] = place }
    }
}

extension JSONObject: Equatable {
    /// The order of members does not count, as in JSON.
    public static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.count == right.count && left.members.allSatisfy { right[$0.key] == $0.value }
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, JSONValue)...) { self.init(elements) }
}

/// A key by its bytes.
struct KeyBytes: Hashable {
    let text: String

    init(_ text: String) { self.text = text }

    static func == (left: KeyBytes, right: KeyBytes) -> Bool { equal(left.text, right.text) }

    func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }

    static func equal(_ left: String, _ right: String) -> Bool {
        guard left.utf8.count == right.utf8.count else { return false }
        var left = left
        var right = right
        return left.withUTF8 { left in
            right.withUTF8 { right in
                guard let first = left.baseAddress, let second = right.baseAddress else {
                    return true
                }
                return memcmp(first, second, left.count) == 0
            }
        }
    }
}
