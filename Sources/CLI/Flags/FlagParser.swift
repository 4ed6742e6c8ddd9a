// Flags as Go's `flag` package reads them, since people's scripts are written for that: one dash or
// two, `-name=value` or `-name value`, booleans without a value, `--` ends the flags. Unlike Go's,
// flags may also follow the positional arguments.

struct FlagParser {
    let flags: [Flag]

    enum Result: Sendable {
        case parsed(FlagValues, arguments: [String])
        case helpWanted
    }

    func parse(
        _ words: [String], environment: Environment
    ) throws(UsageError) -> Result {
        var values = FlagValues()
        var arguments: [String] = []
        var rest = words[...]
        while let word = rest.popFirst() {
            if word == "--" {
                arguments += rest
                break
            }
            guard FlagParser.isFlag(word) else {
                arguments.append(word)
                continue
            }
            let (name, attached) = try FlagParser.split(word)
            guard let flag = flags.first(where: { $0.isCalled(name) }) else {
                if FlagParser.helpNames.contains(name) { return .helpWanted }
                throw unknown(name)
            }
            if let attached {
                try values.append(attached, to: flag)
            } else if !flag.takesValue {
                try values.append("true", to: flag)
            } else if let next = rest.popFirst() {
                try values.append(next, to: flag)
            } else {
                throw UsageError("flag needs an argument: -\(name)")
            }
        }
        for flag in flags {
            try values.inherit(flag, from: environment)
        }
        return .parsed(values, arguments: arguments)
    }

    static let helpNames: Set<String> = ["h", "help"]

    /// A lone `-` is an argument: it stands for standard input.
    static func isFlag(_ word: String) -> Bool {
        word.utf8.first == UInt8(ascii: "-") && word.utf8.count > 1
    }

    /// `--name=value` → (`name`, `value`).
    static func split(_ word: String) throws(UsageError) -> (name: String, value: String?) {
        let text = word.dropFirst(word.hasPrefix("--") ? 2 : 1)
        let name = text.prefix { $0 != "=" }
        guard let first = name.utf8.first, first != UInt8(ascii: "-") else {
            throw UsageError("bad flag syntax: write -name or -name=value")
        }
        let value = name.endIndex < text.endIndex ? text[text.index(after: name.endIndex)...] : nil
        return (String(name), value.map(String.init))
    }

    private func unknown(_ name: String) -> UsageError {
        var message = "flag provided but not defined: -\(name)"
        if let near = Suggestion.nearest(to: name, in: flags.map(\.name)) {
            message += " (did you mean -\(near)?)"
        }
        return UsageError(message)
    }
}
