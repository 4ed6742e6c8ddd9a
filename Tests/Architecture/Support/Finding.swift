// What a rule has to say about a place.

import Testing

struct Finding: Equatable, CustomStringConvertible {
    let path: String
    let line: Int
    let message: String

    var description: String { "\(path):\(line): \(message)" }
}

/// Fails with every finding on a line of its own.
func expectNone(_ findings: [Finding], sourceLocation: SourceLocation = #_sourceLocation) {
    guard !findings.isEmpty else { return }
    let list = findings.map(\.description).joined(separator: "\n")
    Issue.record("\(findings.count) found:\n\(list)", sourceLocation: sourceLocation)
}

extension StringProtocol {
    /// Whether the word stands here with no letter, digit or underscore right before and after it.
    func contains(word: String) -> Bool {
        let (text, word) = (Array(utf8), Array(word.utf8))
        guard let first = word.first, let last = word.last, text.count >= word.count else {
            return false
        }
        for start in 0...(text.count - word.count)
        where text[start] == first && text[start...].starts(with: word) {
            let end = start + word.count
            let isOpenBefore = start == 0 || !first.isWordByte || !text[start - 1].isWordByte
            let isOpenAfter = end == text.count || !last.isWordByte || !text[end].isWordByte
            if isOpenBefore && isOpenAfter { return true }
        }
        return false
    }
}

extension UInt8 {
    var isWordByte: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
