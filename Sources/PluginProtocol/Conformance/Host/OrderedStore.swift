// A mount's storage as the protocol describes it: entries with revisions, conditional commits, and
// lists in byte order.

import Wire

struct OrderedStore {
    private var entries: [[UInt8]: (value: [UInt8], revision: UInt64)] = [:]
    private var lastRevision: UInt64 = 100

    var keys: [[UInt8]] { Array(entries.keys) }

    func entry(_ key: [UInt8]) -> StorageEntry {
        let found = entries[key]
        return StorageEntry(key: key, value: found?.value, revision: found?.revision ?? 0)
    }

    func list(prefix: [UInt8], after: [UInt8], limit: Int) -> StorageReply {
        var names: Set<[UInt8]> = []
        for key in entries.keys where key.starts(with: prefix) {
            let rest = key.dropFirst(prefix.count)
            let slash = rest.firstIndex(of: UInt8(ascii: "/"))
            names.insert(Array(slash.map { rest[...$0] } ?? rest))
        }
        let page = names.filter { after.lexicographicallyPrecedes($0) }
            .sorted { $0.lexicographicallyPrecedes($1) }
        return .names(Array(page.prefix(limit)), more: page.count > limit)
    }

    mutating func commit(_ commit: StorageCommit) -> StorageReply {
        for condition in commit.preconditions
        where entry(condition.key).revision != condition.revision {
            return .conflict(key: condition.key)
        }
        lastRevision += 1
        for put in commit.puts { entries[put.key] = (put.value, lastRevision) }
        for key in commit.deletes { entries[key] = nil }
        return .committed(revision: lastRevision)
    }

    /// What the page says about keys.
    static func isKey(_ key: [UInt8]) -> Bool {
        guard (1...WireLimits.maxKeyBytes).contains(key.count), !key.contains(0),
            String(validating: key, as: UTF8.self) != nil
        else { return false }
        return key.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .allSatisfy { !$0.isEmpty && $0 != [0x2E] && $0 != [0x2E, 0x2E] }
    }

    static func isPrefix(_ prefix: [UInt8]) -> Bool {
        prefix.isEmpty || (prefix.last == UInt8(ascii: "/") && isKey(prefix.dropLast()))
    }
}

extension OrderedStore {
    private static func isKey(_ key: ArraySlice<UInt8>) -> Bool { isKey(Array(key)) }
}
