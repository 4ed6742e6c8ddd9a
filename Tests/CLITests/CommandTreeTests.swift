import Glibc
import Testing

@testable import CLI

@Suite("The tree of commands")
struct CommandTreeTests {
    @Test(
        "every command explains itself and shows an example",
        arguments: CommandTree.all.commands.map(\.name))
    func help(name: String) async throws {
        let outcome = await coffer(name + " -h")
        #expect(outcome.code == 0)
        #expect(outcome.err.isEmpty)
        #expect(outcome.out.hasPrefix("Usage: coffer \(name)"))
        #expect(outcome.out.contains("      $ ") || name == "version")
        let tooLong = outcome.out.split(separator: "\n").filter { $0.count > 100 }
        #expect(tooLong.isEmpty)
        let help = await coffer("help " + name)
        #expect(help.out == outcome.out)
    }

    @Test("no command has two flags of one name, and every parent of a command is a group")
    func definitions() {
        for command in CommandTree.all.commands {
            let names = command.flags.flatMap { [$0.name] + $0.aliases }
            #expect(names.count == Set(names).count, "\(command.name)")
            let parent = Array(command.words.dropLast())
            #expect(parent.isEmpty || CommandTree.all.groups.contains { $0.words == parent })
        }
        let all = CommandTree.all.commands.map(\.name)
        #expect(all.count == Set(all).count)
    }

    @Test("an unknown command is 127 and comes with the nearest one")
    func unknown() async {
        let top = await coffer("raed secret/x")
        #expect(top.code == 127)
        #expect(top.err.contains("Did you mean \"coffer read\"?"))
        let nested = await coffer("kv gte secret/x")
        #expect(nested.code == 127)
        #expect(nested.err.contains("Did you mean \"coffer kv get\"?"))
        let far = await coffer("zzzzzz")
        #expect(far.code == 127)
        #expect(!far.err.contains("Did you mean"))
    }

    @Test("without a command the front page goes to standard error, with -h to standard output")
    func frontPage() async {
        let bare = await coffer([String]())
        #expect(bare.code == 127)
        #expect(bare.out.isEmpty)
        #expect(bare.err.contains("Common commands:"))
        let asked = await coffer("-h")
        #expect(asked.code == 0)
        #expect(asked.out + "" == bare.err)
        let group = await coffer("kv")
        #expect(group.code == 1)
        #expect(group.err.contains("Subcommands:"))
    }

    @Test("the version can be asked for in three ways", arguments: ["version", "-version", "-v"])
    func version(line: String) async {
        let outcome = await coffer(line)
        #expect(outcome.code == 0)
        #expect(outcome.out == "Coffer v\(Version.number)\n")
    }

    @Test("flags of every command may stand before it, others may not")
    func earlyFlags() async throws {
        try await FakeServer.with(["GET /v1/x": .data(#"{"a":"1"}"#)]) { server in
            let outcome = await coffer("-format json --field=a read x", server: server)
            #expect(outcome.out == "\"1\"\n")
            let refused = await coffer("-cas=1 kv put secret/x a=1", server: server)
            #expect(refused.code == 1)
        }
    }

    @Test(
        "the wrong number of arguments is a client's error",
        arguments: [
            ("read", "Not enough arguments (expected at least 1, got 0)"),
            ("kv get", "Not enough arguments (expected 1, got 0)"),
            ("kv get a b", "Too many arguments (expected 1, got 2)"),
            ("policy write x", "Not enough arguments (expected 2, got 1)"),
            ("status x", "Too many arguments (expected 0, got 1)"),
        ])
    func argumentCounts(line: String, message: String) async {
        let outcome = await coffer(line)
        #expect(outcome.code == 1)
        #expect(outcome.err.hasPrefix(message))
    }

    @Test("the script for bash completes commands and flags")
    func bashCompletion() async throws {
        try await withTemporaryFolder { folder in
            let script = folder + "/c.bash"
            try LocalFile.replace(
                script, with: Array(CompletionScript.text(for: .bash, tree: .all).utf8))
            func complete(_ words: String, _ expected: String) -> Int32 {
                let check = """
                    source \(script); COMP_WORDS=(\(words)); \
                    COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _coffer; \
                    [ "${COMPREPLY[*]}" = "\(expected)" ]
                    """
                return system("bash -c '\(check)'")
            }
            #expect(complete(#"coffer kv metadata """#, "delete get patch put") == 0)
            #expect(complete("coffer kv put -ca", "-cas -ca-cert -ca-path") == 0)
            #expect(complete(#"coffer kv -mount=x "u""#, "undelete") == 0)
            #expect(complete("coffer st", "nothing") != 0)
        }
    }

    @Test("an unknown shell is refused")
    func unknownShell() async {
        #expect(await coffer("completion tcsh").code == 1)
        #expect(await coffer("completion fish").out.contains("complete -c coffer"))
        #expect(await coffer("completion zsh").out.hasPrefix("#compdef coffer"))
    }
}
