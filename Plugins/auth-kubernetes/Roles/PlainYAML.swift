// As much of YAML as a label selector written by hand needs: block mappings and lists, texts with
// and without quotes, and lists on one line. Anything else is refused, and never guessed at.

import JSON

struct YAMLProblem: Error {
    var message: String

    init(line: Int, _ message: String) {
        self.message = "line \(line) of the YAML \(message)"
    }
}

enum PlainYAML {
    struct Line {
        var number: Int
        var indent: Int
        var text: Substring
    }

    static func parse(_ text: String) throws(YAMLProblem) -> JSONValue {
        var lines: [Line] = []
        for (index, line) in text.split(
            omittingEmptySubsequences: false, whereSeparator: \.isNewline
        ).enumerated() {
            let content = line.drop { $0 == " " }
            let trimmed = trimming(content)
            if trimmed.isEmpty || trimmed.first == "#" || (index == 0 && trimmed == "---") {
                continue
            }
            guard !line.contains("\t") else { throw YAMLProblem(line: index + 1, "has a tab") }
            lines.append(
                Line(number: index + 1, indent: line.count - content.count, text: trimmed))
        }
        var rest = lines[...]
        let value = try block(&rest, depth: 0)
        if let line = rest.first { throw YAMLProblem(line: line.number, "is indented in no way") }
        return value
    }

    private static func block(
        _ lines: inout ArraySlice<Line>, depth: Int
    ) throws(YAMLProblem) -> JSONValue {
        guard let first = lines.first else { return .null }
        guard depth < Limits.selectorDepth else {
            throw YAMLProblem(line: first.number, "is too deep")
        }
        return isItem(first.text)
            ? try list(&lines, first.indent, depth) : try mapping(&lines, first.indent, depth)
    }

    private static func isItem(_ text: Substring) -> Bool { text == "-" || text.hasPrefix("- ") }

    private static func list(
        _ lines: inout ArraySlice<Line>, _ indent: Int, _ depth: Int
    ) throws(YAMLProblem) -> JSONValue {
        var items: [JSONValue] = []
        while let line = lines.first, line.indent == indent, isItem(line.text) {
            let content = line.text.dropFirst().drop { $0 == " " }
            if content.isEmpty {
                lines.removeFirst()
                items.append(try nested(&lines, deeperThan: indent, depth))
            } else if entry(content) != nil {
                // What follows the dash is a mapping that begins on this line.
                let shift = line.text.count - content.count
                lines[lines.startIndex].indent = indent + shift
                lines[lines.startIndex].text = content
                items.append(try block(&lines, depth: depth + 1))
            } else {
                lines.removeFirst()
                items.append(try scalar(content, line.number))
            }
        }
        return .array(items)
    }

    private static func mapping(
        _ lines: inout ArraySlice<Line>, _ indent: Int, _ depth: Int
    ) throws(YAMLProblem) -> JSONValue {
        var object = JSONObject()
        while let line = lines.first, line.indent == indent, !isItem(line.text) {
            guard let (name, content) = entry(line.text) else {
                throw YAMLProblem(line: line.number, "has no name with a colon")
            }
            guard let key = try scalar(name, line.number).stringValue, object[key] == nil else {
                throw YAMLProblem(line: line.number, "has a name that stands there twice")
            }
            lines.removeFirst()
            if !content.isEmpty {
                object[key] = try scalar(content, line.number)
            } else if let next = lines.first, next.indent == indent, isItem(next.text) {
                // A list may stand as far out as its name.
                object[key] = try list(&lines, indent, depth + 1)
            } else {
                object[key] = try nested(&lines, deeperThan: indent, depth)
            }
        }
        return .object(object)
    }

    private static func nested(
        _ lines: inout ArraySlice<Line>, deeperThan indent: Int, _ depth: Int
    ) throws(YAMLProblem) -> JSONValue {
        guard let next = lines.first, next.indent > indent else { return .null }
        return try block(&lines, depth: depth + 1)
    }

    /// `name: value`, or `name:`. A colon within quotes, or without a space, is a part of a text.
    private static func entry(_ text: Substring) -> (Substring, Substring)? {
        var quote: Character?
        for index in text.indices {
            let character = text[index]
            if let open = quote {
                if character == open { quote = nil }
                continue
            }
            if (character == "\"" || character == "'") && index == text.startIndex {
                quote = character
            }
            let next = text.index(after: index)
            if character == ":", next == text.endIndex || text[next] == " " {
                return (text[..<index], trimming(text[next...]))
            }
        }
        return nil
    }

    private static func scalar(
        _ text: Substring, _ line: Int
    ) throws(YAMLProblem) -> JSONValue {
        let text = trimming(text)
        guard let first = text.first else { return .null }
        if first == "[" {
            guard text.last == "]" else { throw YAMLProblem(line: line, "has an open bracket") }
            let inner = trimming(text.dropFirst().dropLast())
            if inner.isEmpty { return .array([]) }
            var items: [JSONValue] = []
            for part in inner.split(separator: ",", omittingEmptySubsequences: false) {
                guard !trimming(part).isEmpty else {
                    throw YAMLProblem(line: line, "has an empty place in a list")
                }
                items.append(try scalar(part, line))
            }
            return .array(items)
        }
        if first == "\"" || first == "'" {
            let inner = text.dropFirst().dropLast()
            guard text.count >= 2, text.last == first, !inner.contains(first),
                !inner.contains("\\")
            else { throw YAMLProblem(line: line, "has quotes that are not plain ones") }
            return .string(String(inner))
        }
        guard !"{}&*!|>%@`,".contains(first), !text.contains(" #"), !text.contains(": ") else {
            throw YAMLProblem(line: line, "is more than this reads: give the selector as JSON")
        }
        // YAML would make something else of these; Kubernetes wants texts.
        let isOther =
            ["true", "false", "null", "~", "yes", "no", "on", "off"]
            .contains(text.lowercased()) || Double(text) != nil
        guard !isOther else { throw YAMLProblem(line: line, "has a value that needs quotes") }
        return .string(String(text))
    }

    private static func trimming(_ text: Substring) -> Substring {
        var text = text.drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return text
    }
}
