// `coffer completion bash|zsh|fish`: a script made from the same definitions as parser and help.

extension Command {
    static let completion: Command = Command(
        "completion", "Print a shell completion script", usage: "bash|zsh|fish",
        about: "Prints a script that teaches your shell the commands and flags of coffer.",
        examples: [
            Example("Bash, for this session:", "source <(coffer completion bash)"),
            Example("Zsh:", "coffer completion zsh > \"${fpath[1]}/_coffer\""),
            Example("Fish:", "coffer completion fish > ~/.config/fish/completions/coffer.fish"),
        ],
        families: [], takes: .exactly(1)
    ) { call in
        guard let shell = CompletionScript.Shell(rawValue: call.arguments[0]) else {
            throw UsageError("there is no completion for this shell; choose bash, zsh or fish")
        }
        call.console.printLine(CompletionScript.text(for: shell, tree: .all))
        return .success
    }
}
