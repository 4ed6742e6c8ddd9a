// Which rule counts for a path. This is on the way of every request: no allocation, no comparison
// of Swift strings.

public import Paths

extension ACL {
    /// What the ACL has to say about a path, looked up once and asked several times.
    public func access(to path: String, operation: Operation) -> Access {
        if isRoot { return Access(rule: nil, isRoot: true) }
        let found: MergedRule? = path.withUTF8Bytes { bytes in
            let bytes = bytes.withoutLeadingSlashes
            if let denial = closed.longestPrefix(of: bytes) { return denial.rule }
            return operation == .list ? ruleForListing(bytes) : rule(for: bytes)
        }
        return Access(rule: found, isRoot: false)
    }

    private func rule(for path: UnsafeBufferPointer<UInt8>) -> MergedRule? {
        exact.exactly(path) ?? bestWildcard(for: path)?.rule
    }

    /// The most specific rule with a wildcard that matches.
    private func bestWildcard(for path: UnsafeBufferPointer<UInt8>) -> WildcardMatch? {
        let prefix = prefixes.longestPrefix(of: path).map {
            WildcardMatch(rule: $0.rule, rank: WildcardRank(prefixOfLength: $0.length))
        }
        for wildcard in wildcards {
            let match = WildcardMatch(rule: wildcard.rule, rank: wildcard.priority.rank)
            if let prefix, match.isLessSpecific(than: prefix) { return prefix }
            if wildcard.matches(path) { return match }
        }
        return prefix
    }

    /// People write rules for listings with and without the slash at the end, so both forms are
    /// looked up, the one with the slash first.
    private func ruleForListing(_ path: UnsafeBufferPointer<UInt8>) -> MergedRule? {
        guard !path.isEmpty else { return rule(for: path) }
        let slash = UInt8(ascii: "/")
        if path.last == slash {
            return ruleForListing(path, trimmed: UnsafeBufferPointer(rebasing: path.dropLast()))
        }
        return (Array(path) + [slash]).withUnsafeBufferPointer {
            ruleForListing($0, trimmed: UnsafeBufferPointer(rebasing: $0.dropLast()))
        }
    }

    private func ruleForListing(
        _ folder: UnsafeBufferPointer<UInt8>, trimmed: UnsafeBufferPointer<UInt8>
    ) -> MergedRule? {
        if let rule = exact.exactly(folder) ?? exact.exactly(trimmed) { return rule }
        let ofFolder = bestWildcard(for: folder)
        guard !wildcards.isEmpty || ofFolder == nil else { return ofFolder?.rule }
        let ofTrimmed = bestWildcard(for: trimmed)
        guard let ofFolder, let ofTrimmed else { return (ofFolder ?? ofTrimmed)?.rule }
        // `secret/+` denies more specifically than `secret/*` allows, and "secret/a/" must not be a
        // way around it.
        let isDenied = ofTrimmed.rule.capabilities.contains(.deny)
        return isDenied && ofFolder.isLessSpecific(than: ofTrimmed) ? ofTrimmed.rule : ofFolder.rule
    }
}

/// A rule that matches a path, with its priority among the others that do.
private struct WildcardMatch {
    let rule: MergedRule
    let rank: WildcardRank

    func isLessSpecific(than other: WildcardMatch) -> Bool { rank < other.rank }
}

extension String {
    /// The bytes of the path, in place for every string that Swift itself has made.
    func withUTF8Bytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        if let result = utf8.withContiguousStorageIfAvailable(body) { return result }
        return Array(utf8).withUnsafeBufferPointer(body)
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Paths arrive without it; a rule must not be missed if one does not.
    var withoutLeadingSlashes: UnsafeBufferPointer<UInt8> {
        guard first == UInt8(ascii: "/") else { return self }
        return UnsafeBufferPointer(
            rebasing: self[(firstIndex { $0 != UInt8(ascii: "/") } ?? endIndex)...])
    }
}
