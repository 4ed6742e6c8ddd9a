// "Did you mean ...?" for commands and flags.

enum Suggestion {
    /// The nearest of the names, if one is near enough to be what was meant.
    static func nearest(to word: String, in names: [String]) -> String? {
        let allowed = max(1, word.utf8.count / 3)
        let ranked = names.map { (name: $0, distance: distance(word, $0)) }
        let best = ranked.min { ($0.distance, $0.name) < ($1.distance, $1.name) }
        guard let best, best.distance <= allowed else { return nil }
        return best.name
    }

    /// Edits from one to the other, where swapping two neighbours counts as one.
    static func distance(_ left: String, _ right: String) -> Int {
        let left = Array(left.utf8)
        let right = Array(right.utf8)
        guard left.count <= 64, right.count <= 64 else { return Int.max }
        var before: [Int] = []
        var previous = Array(0...right.count)
        for (i, a) in left.enumerated() {
            var current = [i + 1]
            for (j, b) in right.enumerated() {
                var cost = min(current[j] + 1, previous[j + 1] + 1, previous[j] + (a == b ? 0 : 1))
                if i > 0, j > 0, a == right[j - 1], left[i - 1] == b {
                    cost = min(cost, before[j - 1] + 1)
                }
                current.append(cost)
            }
            before = previous
            previous = current
        }
        return previous[right.count]
    }
}
