// All commands, and the way from the words of a command line to one of them.

struct CommandTree: Sendable {
    let groups: [CommandGroup]
    let commands: [Command]

    /// Shown first on the front page.
    static let common = [
        "read", "write", "delete", "list", "login", "kv", "server", "status", "unwrap",
    ]

    enum Resolution: Sendable {
        case command(Command, words: [String])
        case group(CommandGroup, helpWanted: Bool)
        case frontPage(helpWanted: Bool)
        case version
        case unknown(word: String, parent: [String], suggestion: String?)
    }

    func children(of parent: [String]) -> [(name: String, synopsis: String)] {
        let depth = parent.count
        func isChild(_ words: [String]) -> Bool {
            words.count == depth + 1 && Array(words.prefix(depth)) == parent
        }
        let below =
            groups.filter { isChild($0.words) }.map { ($0.words[depth], $0.synopsis) }
            + commands.filter { isChild($0.words) }.map { ($0.words[depth], $0.synopsis) }
        return below.sorted { $0.0 < $1.0 }
    }

    /// Walks down the words. Flags that every command has may stand before the command
    /// (`coffer -format=json kv get ...`); they are handed on to it.
    func resolve(_ arguments: [String]) throws(UsageError) -> Resolution {
        var rest = arguments[...]
        var path: [String] = []
        var early: [String] = []
        var wantsHelp = false
        if rest.first == "help" {
            rest.removeFirst()
            wantsHelp = true
        }
        while let word = rest.popFirst() {
            if FlagParser.isFlag(word) {
                let (name, value) = try FlagParser.split(word)
                if path.isEmpty, name == "v" || name == "version" { return .version }
                if FlagParser.helpNames.contains(name) {
                    wantsHelp = true
                    continue
                }
                guard let flag = Flag.everywhere.first(where: { $0.isCalled(name) }) else {
                    throw UsageError("flag provided but not defined before the command: -\(name)")
                }
                early.append(word)
                if flag.takesValue, value == nil, let next = rest.popFirst() { early.append(next) }
                continue
            }
            path.append(word)
            if let command = commands.first(where: { $0.words == path }) {
                return .command(command, words: early + (wantsHelp ? ["-h"] : rest))
            }
            guard groups.contains(where: { $0.words == path }) else {
                let parent = Array(path.dropLast())
                let near = Suggestion.nearest(to: word, in: children(of: parent).map(\.name))
                return .unknown(word: word, parent: parent, suggestion: near)
            }
        }
        if let group = groups.first(where: { $0.words == path }) {
            return .group(group, helpWanted: wantsHelp)
        }
        return .frontPage(helpWanted: wantsHelp)
    }
}

extension Flag {
    fileprivate static let everywhere: [Flag] = Flag.http + [.format, .field]
}
