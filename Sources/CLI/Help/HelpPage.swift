// The pages that `-h` prints: one of a command, one of a group of commands, and the first page.

enum HelpPage {
    static func page(of command: Command) -> String {
        var parts = [usage(command.words, tail: command.usageTail)]
        parts.append(TextWrap.fill(command.about, indent: 2))
        parts += command.examples.map(example)
        for group in command.flagGroups {
            parts.append(group.title + ":")
            parts += group.flags.map(flag)
        }
        return parts.joined(separator: "\n\n")
    }

    static func page(of group: CommandGroup, in tree: CommandTree) -> String {
        var parts = [usage(group.words, tail: "<subcommand> [options] [args]")]
        parts.append(TextWrap.fill(group.about, indent: 2))
        parts += group.examples.map(example)
        parts.append("Subcommands:\n" + table(tree.children(of: group.words)))
        return parts.joined(separator: "\n\n")
    }

    static func frontPage(of tree: CommandTree) -> String {
        let children = tree.children(of: [])
        let common = CommandTree.common.compactMap { name in children.first { $0.name == name } }
        let others = children.filter { !CommandTree.common.contains($0.name) }
        return [
            "Usage: coffer <command> [args]",
            "Common commands:\n" + table(common),
            "Other commands:\n" + table(others),
            "\"coffer <command> -h\" explains a command and shows examples.",
        ].joined(separator: "\n\n")
    }

    static func usage(_ words: [String], tail: String) -> String {
        (["Usage: coffer"] + words + (tail.isEmpty ? [] : [tail])).joined(separator: " ")
    }

    private static func example(_ example: Example) -> String {
        TextWrap.fill(example.says, indent: 2) + "\n\n"
            + example.lines.map { "      $ " + $0 }.joined(separator: "\n")
    }

    private static func flag(_ flag: Flag) -> String {
        let names = ([flag.name] + flag.aliases).map { "-" + $0 }.joined(separator: ", ")
        let head = "  " + names + (flag.takesValue ? "=<\(flag.placeholder)>" : "")
        var text = flag.help
        if let fallback = flag.fallback { text += " The default is \(fallback)." }
        if let tail = flag.environment {
            text += " It can also be given as COFFER_\(tail) or VAULT_\(tail) in the environment."
        }
        return head + "\n" + TextWrap.fill(text, indent: 6)
    }

    private static func table(_ rows: [(name: String, synopsis: String)]) -> String {
        let width = rows.map(\.name.count).max() ?? 0
        return rows.map { row in
            "    " + row.name + String(repeating: " ", count: width - row.name.count + 4)
                + row.synopsis
        }.joined(separator: "\n")
    }
}
