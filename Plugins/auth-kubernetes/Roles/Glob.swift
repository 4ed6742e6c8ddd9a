// Names with `*` in them, which stands for any number of any characters.

enum Glob {
    static func matches(_ pattern: String, _ text: String) -> Bool {
        let pattern = Array(pattern.utf8)
        let text = Array(text.utf8)
        let star = UInt8(ascii: "*")
        var place = 0
        var index = 0
        // Where to go on when what followed the last star does not fit: no other star needs to be
        // gone back to, so this takes no more than pattern times text.
        var back: (place: Int, index: Int)?
        while index < text.count {
            if place < pattern.count, pattern[place] == star {
                back = (place + 1, index)
                place += 1
            } else if place < pattern.count, pattern[place] == text[index] {
                place += 1
                index += 1
            } else if let (afterStar, from) = back {
                back = (afterStar, from + 1)
                place = afterStar
                index = from + 1
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy { $0 == star }
    }

    static func matchesAny(_ patterns: [String], _ text: String) -> Bool {
        patterns.contains { matches($0, text) }
    }
}
