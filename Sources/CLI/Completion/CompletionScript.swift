// Completion for the common shells. Each script is one table from the words so far ("kv metadata")
// to what may follow; words that are flags are passed over.

enum CompletionScript {
    enum Shell: String, Sendable { case bash, zsh, fish }

    static func text(for shell: Shell, tree: CommandTree) -> String {
        switch shell {
        case .bash: bash(tree)
        case .zsh: zsh(tree)
        case .fish: fish(tree)
        }
    }

    /// Path of words → names that may follow.
    private static func table(_ tree: CommandTree) -> [(path: String, names: [String])] {
        let parents = [[]] + tree.groups.map(\.words)
        return parents.map { words in
            (words.joined(separator: " "), tree.children(of: words).map(\.name))
        } + tree.commands.map { command in (command.name, command.flags.map { "-" + $0.name }) }
    }

    private static func bash(_ tree: CommandTree) -> String {
        """
        # bash completion for coffer
        _coffer() {
            local current="${COMP_WORDS[COMP_CWORD]}" path="" word next
            for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
                [[ $word == -* || $word == = ]] && continue
                next="${path:+$path }$word"
                _coffer_names "$next" >/dev/null && path="$next"
            done
            COMPREPLY=($(compgen -W "$(_coffer_names "$path")" -- "$current"))
        }
        _coffer_names() {
            case "$1" in
        \(cases(tree))
                *) return 1 ;;
            esac
        }
        complete -o default -F _coffer coffer
        """
    }

    private static func zsh(_ tree: CommandTree) -> String {
        """
        #compdef coffer
        # zsh completion for coffer
        _coffer_names() {
            case "$1" in
        \(cases(tree))
                *) return 1 ;;
            esac
        }
        _coffer() {
            local path_so_far="" word next
            for word in "${words[@]:1:$((CURRENT - 2))}"; do
                [[ $word == -* ]] && continue
                next="${path_so_far:+$path_so_far }$word"
                _coffer_names "$next" >/dev/null && path_so_far="$next"
            done
            compadd -- $(_coffer_names "$path_so_far") || _files
        }
        if [[ $funcstack[1] == _coffer ]]; then _coffer "$@"; else compdef _coffer coffer; fi
        """
    }

    private static func cases(_ tree: CommandTree) -> String {
        table(tree).map { path, names in
            "        \"\(path)\") echo \"\(names.joined(separator: " "))\" ;;"
        }.joined(separator: "\n")
    }

    private static func fish(_ tree: CommandTree) -> String {
        var lines = [
            "# fish completion for coffer",
            "function __coffer_at",
            "    set -l words (string match -v -- '-*' (commandline -opc)[2..-1])",
            "    test \"$words\" = \"$argv\"",
            "end",
            "function __coffer_below",
            "    set -l words (string match -v -- '-*' (commandline -opc)[2..-1])",
            "    string match -q -- \"$argv*\" \"$words\"",
            "end",
        ]
        func add(_ condition: String, _ path: String, _ rest: String, _ help: String) {
            let test = condition + (path.isEmpty ? "" : " " + path)
            lines.append("complete -c coffer -n '\(test)' \(rest) -d '\(help.withoutQuotes)'")
        }
        for words in [[]] + tree.groups.map(\.words) {
            for child in tree.children(of: words) {
                add(
                    "__coffer_at", words.joined(separator: " "), "-f -a \(child.name)",
                    child.synopsis)
            }
        }
        for command in tree.commands {
            for flag in command.flags {
                let value = flag.takesValue ? " -r" : ""
                let help = String(flag.help.prefix { $0 != "." })
                add("__coffer_below", command.name, "-o \(flag.name)\(value)", help)
            }
        }
        return lines.joined(separator: "\n")
    }
}

extension String {
    fileprivate var withoutQuotes: String { String(filter { $0 != "'" && $0 != "\\" }) }
}
