// Rules by literal path, in byte order in one block of memory: found exactly, as the longest prefix
// of a path, or all below a prefix. Binary search over bytes; strings are never compared as Swift
// compares them.

import Glibc

struct SortedRules: Sendable {
    private let bytes: [UInt8]
    /// Where each path begins in `bytes`, and the end.
    private let offsets: [Int]
    /// For each path the nearest other one that is a prefix of it, or -1.
    private let enclosing: [Int]
    private let rules: [MergedRule]

    init(_ unsorted: [(key: [UInt8], rule: MergedRule)]) {
        let sorted = unsorted.sorted { $0.key.lexicographicallyPrecedes($1.key) }
        bytes = sorted.flatMap(\.key)
        offsets = sorted.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.key.count) }
        rules = sorted.map(\.rule)
        var enclosing: [Int] = []
        for index in sorted.indices {
            var candidate = index - 1
            while candidate >= 0, !sorted[index].key.starts(with: sorted[candidate].key) {
                candidate = enclosing[candidate]
            }
            enclosing.append(candidate)
        }
        self.enclosing = enclosing
    }

    var all: [MergedRule] { rules }

    var entries: [(key: [UInt8], rule: MergedRule)] {
        rules.indices.map { (Array(bytes[offsets[$0]..<offsets[$0 + 1]]), rules[$0]) }
    }

    func exactly(_ path: UnsafeBufferPointer<UInt8>) -> MergedRule? {
        guard !rules.isEmpty else { return nil }
        let index = lastNotAfter(path)
        guard index >= 0, length(index) == path.count, isPrefix(index, of: path) else { return nil }
        return rules[index]
    }

    /// The rule with the longest path that `path` begins with.
    func longestPrefix(of path: UnsafeBufferPointer<UInt8>) -> (rule: MergedRule, length: Int)? {
        guard !rules.isEmpty else { return nil }
        // Every prefix of `path` sorts at or before it, and whatever lies between the longest one
        // and `path` begins with that one, so it is on the chain of enclosing prefixes.
        var index = lastNotAfter(path)
        while index >= 0 {
            if isPrefix(index, of: path) { return (rules[index], length(index)) }
            index = enclosing[index]
        }
        return nil
    }

    func rules(below prefix: UnsafeBufferPointer<UInt8>) -> ArraySlice<MergedRule> {
        var start = lastNotAfter(prefix) + 1
        if start > 0, length(start - 1) == prefix.count, isPrefix(start - 1, of: prefix) {
            start -= 1
        }
        var end = start
        while end < rules.count, begins(end, with: prefix) { end += 1 }
        return rules[start..<end]
    }

    // MARK: Comparing

    private func length(_ index: Int) -> Int { offsets[index + 1] - offsets[index] }

    /// The index of the last path that is not after `path` in byte order, or -1.
    private func lastNotAfter(_ path: UnsafeBufferPointer<UInt8>) -> Int {
        var low = 0
        var high = rules.count
        while low < high {
            let middle = (low + high) / 2
            if compare(middle, path) <= 0 { low = middle + 1 } else { high = middle }
        }
        return low - 1
    }

    private func compare(_ index: Int, _ path: UnsafeBufferPointer<UInt8>) -> Int {
        let length = length(index)
        let order = compareBytes(index, path, count: min(length, path.count))
        return order != 0 ? order : length - path.count
    }

    private func isPrefix(_ index: Int, of path: UnsafeBufferPointer<UInt8>) -> Bool {
        let length = length(index)
        return length <= path.count && compareBytes(index, path, count: length) == 0
    }

    private func begins(_ index: Int, with prefix: UnsafeBufferPointer<UInt8>) -> Bool {
        length(index) >= prefix.count && compareBytes(index, prefix, count: prefix.count) == 0
    }

    private func compareBytes(
        _ index: Int, _ path: UnsafeBufferPointer<UInt8>, count: Int
    ) -> Int {
        guard count > 0, let other = path.baseAddress else { return 0 }
        return bytes.withUnsafeBufferPointer { own in
            guard let base = own.baseAddress else { return 0 }
            return Int(memcmp(base + offsets[index], other, count))
        }
    }
}
