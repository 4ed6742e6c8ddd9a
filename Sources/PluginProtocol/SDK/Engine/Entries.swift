// Entries as they were read, looked up by the bytes of their keys: two keys that only look alike in
// Unicode are two entries.

import Wire

public struct Entries: Sendable {
    private var table = EntryTable()

    init(_ table: EntryTable) {
        self.table = table
    }

    /// The value, or nil when there is no such entry or it was not asked for.
    public subscript(_ key: String) -> [UInt8]? {
        table[key]?.value
    }
}

/// A few entries in a list, many behind an index: most handlers read one or two.
struct EntryTable: Sendable {
    private static let indexedFrom = 16

    private(set) var entries: [StorageEntry] = []
    private var index: [[UInt8]: Int] = [:]

    init(_ entries: [StorageEntry] = []) {
        self.entries = entries
        if entries.count > Self.indexedFrom { buildIndex() }
    }

    subscript(_ key: String) -> StorageEntry? {
        var key = key
        return key.withUTF8 { bytes in
            position {
                $0.count == bytes.count && $0.elementsEqual(bytes)
            } orIndexed: {
                Array(bytes)
            }
        }.map { entries[$0] }
    }

    subscript(_ key: [UInt8]) -> StorageEntry? {
        get {
            position {
                $0 == key
            } orIndexed: {
                key
            }.map { entries[$0] }
        }
        set {
            guard let entry = newValue else { return }
            if let position = position({ $0 == key }, orIndexed: { key }) {
                entries[position] = entry
            } else {
                entries.append(entry)
                if !index.isEmpty { index[key] = entries.count - 1 }
                if index.isEmpty, entries.count > Self.indexedFrom { buildIndex() }
            }
        }
    }

    private func position(
        _ matches: ([UInt8]) -> Bool, orIndexed key: () -> [UInt8]
    ) -> Int? {
        index.isEmpty ? entries.firstIndex { matches($0.key) } : index[key()]
    }

    private mutating func buildIndex() {
        for (position, entry) in entries.enumerated() { index[entry.key] = position }
    }
}
