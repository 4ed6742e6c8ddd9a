// `coffer plugin test`: the protocol's demands, tried on somebody's program without a server.

import Conformance
import JSON

extension Flag {
    fileprivate static let option = Flag(
        "option", .pairs, "Option of the mount that is tried. May be given several times.",
        aliases: ["options"])
    fileprivate static let arguments = Flag(
        "args", .strings, "Argument of the program. May be given several times.")
    fileprivate static let environment = Flag(
        "env", .pairs, "Environment variable of the program. May be given several times.")
    fileprivate static let only = Flag(
        "only", .string, "Try only the cases of this group, or with these words in their sentence.",
        placeholder: "words")
    fileprivate static let timeout = Flag(
        "timeout", .duration, "How long the plugin may take for any one thing.", fallback: "20s")
}

extension Command {
    static let pluginTest = Command(
        "plugin test", "Try whether a program keeps to the plugin protocol",
        usage: "[options] PROGRAM",
        about: """
            Starts the program as the server would, again and again, speaks the plugin protocol \
            with it, and says what is wrong and which paragraph of PROTOCOL.md it breaks. The \
            program gets no environment but what the protocol says, and the server's sandbox is \
            not around it. Nothing is asked of a server.

            The exit code is 0 if nothing is wrong, 1 if the program cannot be started, and 2 if \
            it breaks the protocol.
            """,
        examples: [
            Example("Try a program:", "coffer plugin test ./my-plugin"),
            Example(
                "Try a mount with options:",
                "coffer plugin test -option version=2 ./coffer-plugin-kv"),
            Example(
                "Try one thing again:", "coffer plugin test -only \"SIGTERM\" ./my-plugin"),
        ],
        families: [.format], flags: [.option, .arguments, .environment, .only, .timeout],
        takes: .exactly(1)
    ) { call in
        let file = call.arguments[0]
        let subject = try subject(file, call.flags)
        if let problem = subject.problem { throw CommandError.client("\(file): \(problem)") }
        let words = call.flags.string(.only)
        let cases = Suite.cases.filter { words.map($0.isCalled) ?? true }
        guard !cases.isEmpty else {
            throw UsageError("no case has \"\(words ?? "")\" in its sentence or as its group")
        }
        let report = PluginTestReport(
            file: file, identity: PluginIdentity(of: subject), planned: cases.count)
        let progress = PluginTestProgress(console: call.console, isShown: call.output.isTable)
        progress.begin(report)
        // Blocks this thread; nothing else of this process needs it.
        let results = Suite.results(of: cases, on: subject, threads: 4) { progress.show($0) }
        let whole = report.with(results)
        if call.output.isTable { progress.end(whole) } else { try call.output.value(whole.json) }
        return whole.passed ? .success : .serverError
    }

    private static func subject(
        _ file: String, _ flags: FlagValues
    ) throws(UsageError) -> Subject {
        guard let timeout = flags.duration(.timeout), timeout.seconds >= 1 else {
            throw UsageError("-timeout must be at least a second")
        }
        let options = flags.pairs(.option).map { ($0.key, $0.value) }
        return Subject(
            file: file, arguments: flags.strings(.arguments),
            environment: flags.strings(.environment),
            options: Dictionary(options, uniquingKeysWith: { $1 }),
            patienceSeconds: timeout.seconds)
    }
}

extension Case {
    fileprivate func isCalled(_ words: String) -> Bool {
        group.rawValue == words || name.contains(words)
    }
}
