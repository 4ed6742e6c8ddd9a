// Which of two rules with wildcards counts when both match: Vault's five documented questions, in
// their order.

struct RulePriority: Comparable, Sendable {
    let rank: WildcardRank
    /// Without the `*`. Shorter gives way to longer (which `rank` knows), then smaller to greater
    /// in byte order.
    let text: [UInt8]

    static func < (one: RulePriority, other: RulePriority) -> Bool {
        one.rank == other.rank
            ? one.text.lexicographicallyPrecedes(other.text) : one.rank < other.rank
    }
}

/// All of a priority but the last question, which is only asked between rules of the same form.
struct WildcardRank: Comparable, Sendable {
    /// Where the first `+` or `*` stands; earlier gives way to later.
    let firstWildcard: Int
    /// A rule that ends in `*` gives way to one that does not.
    let endsInGlob: Bool
    /// More `+` segments give way to fewer.
    let wildcardSegments: Int
    /// Shorter gives way to longer; the `*` does not count.
    let length: Int

    static func < (one: WildcardRank, other: WildcardRank) -> Bool {
        if one.firstWildcard != other.firstWildcard {
            return one.firstWildcard < other.firstWildcard
        }
        if one.endsInGlob != other.endsInGlob { return one.endsInGlob }
        if one.wildcardSegments != other.wildcardSegments {
            return one.wildcardSegments > other.wildcardSegments
        }
        return one.length < other.length
    }
}

extension WildcardRank {
    /// Of a rule that is a plain prefix.
    init(prefixOfLength length: Int) {
        self.init(
            firstWildcard: length, endsInGlob: true, wildcardSegments: 0, length: length)
    }
}
