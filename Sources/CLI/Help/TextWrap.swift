// Words into lines of at most 78 columns, the width in which help and messages are printed.

enum TextWrap {
    static let width = 78

    /// Each paragraph (separated by a blank line) is filled; lines that are already indented are
    /// left as they are, so that examples keep their shape.
    static func fill(_ text: String, indent: Int = 0, width: Int = TextWrap.width) -> String {
        var lines: [String] = []
        var words: [Substring] = []
        let margin = String(repeating: " ", count: indent)

        func flush() {
            var line = ""
            for word in words {
                if !line.isEmpty, indent + line.count + 1 + word.count > width {
                    lines.append(margin + line)
                    line = ""
                }
                line += (line.isEmpty ? "" : " ") + word
            }
            if !line.isEmpty { lines.append(margin + line) }
            words = []
        }

        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.isEmpty {
                flush()
                lines.append("")
            } else if line.first == " " {
                flush()
                lines.append(margin + line)
            } else {
                words += line.split(separator: " ")
            }
        }
        flush()
        return lines.joined(separator: "\n")
    }
}
