// The form of hosts' names (RFC 1123), and of names with one `*` in the first label (RFC 6125).

enum HostName {
    static func isValid(_ name: String) -> Bool {
        var labels = name.utf8.split(separator: 0x2E, omittingEmptySubsequences: false)[...]
        if labels.count > 1, labels.last?.isEmpty == true { labels.removeLast() }
        guard name.utf8.count <= 254, !labels.isEmpty else { return false }
        return labels.allSatisfy(isLabel)
    }

    private static func isLabel(_ label: Substring.UTF8View) -> Bool {
        guard let first = label.first, let last = label.last, label.count <= 63 else {
            return false
        }
        return isAlphanumeric(first) && isAlphanumeric(last)
            && label.allSatisfy { isAlphanumeric($0) || $0 == 0x2D }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: false
        }
    }

    /// One `*`, in the first of at least two labels.
    static func isWildcard(_ name: String) -> Bool {
        let labels = name.utf8.split(separator: 0x2E, omittingEmptySubsequences: false)
        guard labels.count >= 2, let first = labels.first else { return false }
        return name.utf8.count(where: { $0 == 0x2A }) == 1 && first.contains(0x2A)
    }
}

extension Collection {
    fileprivate func count(where isCounted: (Element) -> Bool) -> Int {
        reduce(0) { $0 + (isCounted($1) ? 1 : 0) }
    }
}

/// Patterns in which `*` stands for anything.
enum Glob {
    /// In time proportional to the product of both lengths at most.
    static func matches(_ pattern: String, _ text: String) -> Bool {
        let (pattern, text) = (Array(pattern.utf8), Array(text.utf8))
        var (place, position) = (0, 0)
        var star: (place: Int, position: Int)?
        while position < text.count {
            if place < pattern.count, pattern[place] == 0x2A {
                star = (place, position)
                place += 1
            } else if place < pattern.count, pattern[place] == text[position] {
                place += 1
                position += 1
            } else if let last = star {
                star = (last.place, last.position + 1)
                place = last.place + 1
                position = last.position + 1
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy { $0 == 0x2A }
    }
}
