// Real children in real sandboxes, as far as this machine offers them.

import Glibc
import Logging
import Testing

@testable import PluginHost

/// What this machine offers.
private enum ThisMachine {
    static let features = KernelFeatures.probe()
    static let offersEverything =
        features.users != nil && features.namespaces != 0 && features.landlock > 0
        && features.hasFilters
}

@Suite(.enabled(if: ThisMachine.offersEverything)) struct SandboxedChildTests {
    /// Runs a script as a plugin, gives its log and its user to `body`, and ends it. A script waits
    /// by reading from descriptor 3, on which nothing is ever said to it.
    private func run(
        _ script: String, _ profile: SandboxProfile = SandboxProfile(), mode: mode_t = 0o755,
        refusals: RefusalBook = RefusalBook(label: "a", logger: CapturedLog().logger),
        _ body: (CapturedLog, UInt32) async throws -> Void
    ) async throws {
        let folder = try PluginFolder([])
        try folder.write("coffer-plugin-a", Array("#!/bin/sh\n\(script)\n".utf8), mode: mode)
        let executable = try PluginExecutable.open(
            "coffer-plugin-a", in: folder.directory(), runsAsAnother: true)
        let plan = try #require(
            try Sandbox(features: ThisMachine.features).plan(
                profile, name: "a", executable: executable, lanes: 1))
        let user = try #require(plan.user)
        let log = CapturedLog()
        let thread = try #require(ProcessThread())
        let ended = OneShot()
        let spawned = await thread.spawn(
            executable, lanes: 1, sandbox: plan, refusals: refusals, logger: log.logger
        ) { exit in
            // Whoever waits for a line of a child that has ended is to get this one.
            log.logger.info("\(Self.end)", metadata: ["exit": "\(exit)"])
            ended.settle()
        }
        switch spawned {
        case .failure(let error): Issue.record("it was not started: \(error.message)")
        case .success(let child):
            do { try await body(log, user) } catch { Issue.record(error) }
            child.process.signal(SIGKILL)
            await ended.wait()
            for socket in child.laneSockets { close(socket) }
            #expect(Self.processes(of: user).isEmpty)
        }
        await thread.stop()
    }

    private static let end = "the child has ended"

    /// Living processes whose real user is this one.
    private static func processes(of user: UInt32) -> [String] {
        guard let folder = opendir("/proc") else { return [] }
        defer { closedir(folder) }
        var found: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard let pid = Int32(name), isAlive(pid, user: user) else { continue }
            found.append(name)
        }
        return found
    }

    private static func isAlive(_ pid: Int32, user: UInt32) -> Bool {
        guard let file = fopen("/proc/\(pid)/status", "r") else { return false }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 2_048)
        let count = fread(&bytes, 1, bytes.count, file)
        let text = String(decoding: bytes.prefix(count), as: UTF8.self)
        return text.contains("Uid:\t\(user)\t") && !text.contains("State:\tZ")
    }

    @Test("without declared processes a script cannot fork")
    func noFork() async throws {
        try await run("(echo in a child >&2)\necho after >&2\nread x <&3") { log, _ in
            let line = await log.first { _ in true }
            #expect(line.message.lowercased().contains("fork"))
        }
    }

    @Test(
        "what it is refused is told by name, and it goes on",
        .enabled(if: ThisMachine.features.reportsRefusals))
    func refusals() async throws {
        let told = CapturedLog()
        let book = RefusalBook(label: "plugin \"a\"", logger: told.logger)
        let script = """
            read x </etc/passwd || echo no file >&2
            read x </proc/1/environ || echo no process >&2
            echo done >&2
            read x <&3
            """
        try await run(script, refusals: book) { log, _ in
            let lines = ["done", "no file", "no process"]
            for line in lines {
                let found = await log.first { $0.message == line || $0.message == Self.end }
                #expect(found.message == line)
            }
            for path in ["/etc/passwd", "/proc/1/environ"] {
                let line = await told.first { $0.message.hasSuffix(": \(path)") }
                #expect(line.message == "plugin \"a\" was refused a file (open): \(path)")
            }
        }
        #expect(book.counts["open"] == 2)
    }

    @Test(
        "a fork is told by name where none is declared",
        .enabled(if: ThisMachine.features.reportsRefusals))
    func toldFork() async throws {
        let told = CapturedLog()
        let book = RefusalBook(label: "plugin \"a\"", logger: told.logger)
        try await run("(echo in a child >&2)\nread x <&3", refusals: book) { log, _ in
            _ = await log.first { _ in true }
            let line = await told.first { $0.message.contains("was refused a system call") }
            #expect(["clone", "fork", "vfork"].contains(line.metadata["refused"] ?? ""))
            #expect(line.metadata["pid"] != nil)
        }
    }

    @Test(
        "a process whose calls wait for the host's word can be ended",
        .enabled(if: ThisMachine.features.reportsRefusals))
    func endsWhileWaiting() async throws {
        let book = RefusalBook(label: "plugin \"a\"", logger: CapturedLog().logger)
        let script = "while :; do read x </etc/passwd; done 2>/dev/null"
        try await run(script, refusals: book) { _, _ in
            // The budget is used up by then: most of the time a call waits.
            let calls = Int(PluginHostLimits.refusalBudget / PluginHostLimits.refusedCallCost)
            while (book.counts["open"] ?? 0) < calls {
                try await Task.sleep(nanoseconds: 5_000_000)
            }
        }
    }

    @Test("with declared processes it can, and all of them end with it")
    func fork() async throws {
        let script = """
            ( ( ( read x <&3 ) & echo started >&2; read x <&3 ) & read x <&3 ) &
            read x <&3
            """
        try await run(script, SandboxProfile(processes: 20)) { log, user in
            let line = await log.first { $0.message == "started" || $0.message == Self.end }
            #expect(line.message == "started")
            #expect(Self.processes(of: user).count >= 4)
        }
    }

    @Test("a file that only the server may read runs all the same, from a copy")
    func closedFile() async throws {
        try await run("echo ran >&2\nread x <&3", mode: 0o700) { log, _ in
            let line = await log.first { _ in true }
            #expect(line.message == "ran")
        }
    }

    @Test(
        "a declared path that is not there, or is none, keeps the plugin from starting",
        arguments: ["/nowhere/at/all", "relative", ""])
    func missingPath(_ path: String) async throws {
        let folder = try PluginFolder([])
        try folder.write("coffer-plugin-a", Array("#!/bin/sh\n".utf8))
        let executable = try PluginExecutable.open("coffer-plugin-a", in: folder.directory())
        let plan = try Sandbox(features: ThisMachine.features).plan(
            SandboxProfile(readablePaths: [path]), name: "a", executable: executable, lanes: 1)
        let thread = try #require(ProcessThread())
        let result = await thread.spawn(
            executable, lanes: 1, sandbox: plan, logger: CapturedLog().logger
        ) { _ in }
        switch result {
        case .success(let child):
            Issue.record("it was started")
            child.process.signal(SIGKILL)
        case .failure(let error): #expect(error.message.contains("sandbox could not be made"))
        }
        await thread.stop()
    }

    @Test("a file with another digest than the registered one is not opened, nor copied")
    func wrongDigest() throws {
        let folder = try PluginFolder([])
        try folder.write("coffer-plugin-a", Array("#!/bin/sh\n".utf8))
        let directory = try folder.directory()
        let right = try PluginExecutable.open("coffer-plugin-a", in: directory)
        for mode in [0o755, 0o700] as [mode_t] {
            try folder.write("coffer-plugin-a", Array("#!/bin/sh\n".utf8), mode: mode)
            _ = try PluginExecutable.open(
                "coffer-plugin-a", in: directory, expected: right.digest, runsAsAnother: true)
            #expect(throws: ExecutableError(code: .wrongDigest, name: "coffer-plugin-a")) {
                try PluginExecutable.open(
                    "coffer-plugin-a", in: directory, expected: [1, 2, 3], runsAsAnother: true)
            }
        }
    }
}
