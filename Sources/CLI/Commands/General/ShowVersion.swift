// `coffer version`.

extension Command {
    static let version = Command(
        "version", "Print the version of this command",
        about: "Prints the version of the coffer command. It asks no server.",
        families: [], takes: .none
    ) { call in
        call.console.printLine("Coffer v\(Version.number)")
        return .success
    }
}
