// `coffer debug`: what somebody needs who looks into a server's trouble, gathered for a while.

import Glibc
import JSON

extension Command {
    private static let compress = Flag(
        "compress", .boolean, "Write one .tar.gz file; without it a folder.", fallback: "true")
    private static let duration = Flag(
        "duration", .duration, "How long to gather.", fallback: "2m")
    private static let interval = Flag(
        "interval", .duration, "How often to ask for the state and the host.", fallback: "30s")
    private static let metricsInterval = Flag(
        "metrics-interval", .duration, "How often to ask for the metrics.", fallback: "10s")
    private static let logFormat = Flag(
        "log-format", .string, "How the log's lines are written: standard or json.",
        placeholder: "format", fallback: "standard", choices: ["standard", "json"])
    private static let output = Flag(
        "output", .string, "Where to write; by default a name made of the time.",
        placeholder: "path")
    private static let target = Flag(
        "target", .strings,
        "What to gather; all of it unless given. May be given several times: "
            + DebugTarget.allCases.map(\.rawValue).joined(separator: ", ") + ".",
        aliases: ["targets"], placeholder: "target")

    static let debug = Command(
        "debug", "Gather information for finding a server's trouble", usage: "[options]",
        about: """
            Asks the server for its state, again and again for some time, and writes what it \
            answers into one file: configuration without secrets, the machine, metrics, \
            replication, health and seal status, requests under way, and the log. What the token \
            may not read is noted in index.json and left out. An interrupt ends it early and keeps \
            what is there.
            """,
        examples: [
            Example("Gather for two minutes:", "coffer debug"),
            Example(
                "Only metrics and the machine, for ten seconds:",
                "coffer debug -duration=10s -interval=5s -metrics-interval=5s -target=metrics "
                    + "-target=host"),
        ],
        families: [.http],
        flags: [compress, duration, interval, metricsInterval, logFormat, output, target],
        takes: .none
    ) { call in
        let flags = call.flags
        func positive(_ flag: Flag) throws(UsageError) -> Int {
            let milliseconds = flags.duration(flag)?.milliseconds ?? 0
            guard milliseconds >= 100 else {
                throw UsageError("-\(flag.name) must be longer than that")
            }
            return milliseconds
        }
        let now = DebugClock.now
        let name = "coffer-debug-" + now.replacing(":", with: "-")
        let compresses = flags.bool(compress)
        var path = flags.string(output) ?? name
        if compresses, !path.hasSuffix(".tar.gz"), !path.hasSuffix(".tgz") { path += ".tar.gz" }
        guard LocalFile.mode(of: path) == nil else {
            throw CommandError.client("\(path) is already there")
        }
        let plan = DebugPlan(
            targets: try DebugTarget.chosen(flags.strings(target)),
            durationMilliseconds: try positive(duration),
            intervalMilliseconds: try positive(interval),
            metricsMilliseconds: try positive(metricsInterval),
            logFormat: flags.string(logFormat) ?? "standard")
        let session = DebugSession(
            client: try call.client(), plan: plan, console: call.console, started: now)
        call.console.printLine("==> Gathering from \(try call.client().settings.address.baseText)")
        for (label, value) in plan.shown { call.console.printLine("    \(label): \(value)") }
        call.console.printLine("         Output: \(path)")
        Interruption.watch()
        let files = try await session.run()
        do throws(FileError) {
            if compresses {
                try LocalFile.replace(path, with: TarArchive.gzipped(files, folder: name))
            } else {
                try DebugFolder.write(files, to: path)
            }
        } catch { throw CommandError.client("Error writing the output: \(error.message)") }
        call.console.printLine("Success! Written to \(path)")
        return .success
    }
}
