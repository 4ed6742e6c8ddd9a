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
    /// Runs a script as a plugin and gives it to `body` with its log and its user.
    private func run(
        _ script: String, _ profile: SandboxProfile = SandboxProfile(), mode: mode_t = 0o755,
        _ body: (SpawnedChild, CapturedLog, UInt32) async throws -> Void
    ) async throws {
        let folder = try PluginFolder([])
        try folder.write("coffer-plugin-a", Array(script.utf8), mode: mode)
        let log = CapturedLog()
        let thread = try #require(ProcessThread())
        let executable = try PluginExecutable.open(
            "coffer-plugin-a", in: folder.directory(), runsAsAnother: true)
        let plan = try #require(
            try Sandbox(features: ThisMachine.features).plan(
                profile, name: "a", executable: executable, lanes: 1))
        let user = try #require(plan.user)
        let child = try await thread.spawn(
            executable, lanes: 1, sandbox: plan, logger: log.logger
        ) { _ in }.get()
        let handle = try #require(ProcessHandle(child.process.pid))
        do {
            try await body(child, log, user)
        } catch {
            Issue.record(error)
        }
        child.process.signal(SIGKILL)
        #expect(handle.endsWithin(milliseconds: 5_000))
        for socket in child.laneSockets { close(socket) }
        await thread.stop()
        #expect(Self.processes(of: user).isEmpty)
    }

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
        try await run("#!/bin/sh\n(echo in a child >&2)\nsleep 300 &\nread x\n") { _, log, _ in
            let line = await log.first { _ in true }
            #expect(line.message.lowercased().contains("fork"))
        }
    }

    @Test("what a plugin started ends with it, even what left its session")
    func doubleFork() async throws {
        let script = """
            #!/bin/sh
            (setsid sh -c 'sleep 300 & sleep 300 & echo started >&2; sleep 300' &)
            while :; do sleep 1; done
            """
        try await run(script, SandboxProfile(processes: 20)) { child, log, user in
            _ = await log.first { $0.message == "started" }
            #expect(Self.processes(of: user).count >= 4)
        }
    }

    @Test("a file that only the server may read runs all the same, from a copy")
    func closedFile() async throws {
        try await run("#!/bin/sh\necho ran >&2\nread x </dev/null\n", mode: 0o700) { _, log, _ in
            #expect(await log.first { _ in true }.message == "ran")
        }
    }

    @Test("a declared folder can be read or written, as declared, and nothing beside it")
    func folders() async throws {
        var template = Array("/tmp/coffer-declared-XXXXXX".utf8CString)
        #expect(mkdtemp(&template) != nil)
        let base = String(
            decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        defer { _ = system("rm -rf \(base)") }
        chmod(base, 0o755)
        for name in ["read", "write", "other"] {
            mkdir(base + "/" + name, 0o777)
            chmod(base + "/" + name, 0o777)
            let file = open("\(base)/\(name)/file", O_CREAT | O_WRONLY, 0o666)
            _ = Glibc.write(file, "text\n", 5)
            fchmod(file, 0o666)
            close(file)
        }
        let script = """
            #!/bin/sh
            say() { echo "$1" >&2; }
            read x < \(base)/read/file && say can-read
            echo x > \(base)/read/file || say cannot-change
            echo x > \(base)/write/new && say can-make
            read x < \(base)/other/file || say cannot-look-aside
            read x < \(base)/read/../other/file || say cannot-go-up
            say end
            """
        let profile = SandboxProfile(
            readablePaths: [base + "/read"], writablePaths: [base + "/write"])
        try await run(script, profile) { _, log, _ in
            _ = await log.first { $0.message == "end" }
            let said = Set(log.lines.map(\.message))
            for expected in [
                "can-read", "cannot-change", "can-make", "cannot-look-aside", "cannot-go-up",
            ] { #expect(said.contains(expected), "\(expected): \(said)") }
        }
    }

    @Test("a declared path that is not there, or is none, keeps the plugin from starting")
    func missingPath() async throws {
        for path in ["/nowhere/at/all", "relative", ""] {
            let folder = try PluginFolder([])
            try folder.write("coffer-plugin-a", Array("#!/bin/sh\n".utf8))
            let thread = try #require(ProcessThread())
            let executable = try PluginExecutable.open("coffer-plugin-a", in: folder.directory())
            let plan = try Sandbox(features: ThisMachine.features).plan(
                SandboxProfile(readablePaths: [path]), name: "a", executable: executable, lanes: 1)
            let result = await thread.spawn(
                executable, lanes: 1, sandbox: plan, logger: CapturedLog().logger
            ) { _ in }
            guard case .failure(let error) = result else {
                Issue.record("it was started")
                return
            }
            #expect(error.message.contains("sandbox could not be made"))
            await thread.stop()
        }
    }

    @Test("a file with another digest than the registered one is not opened")
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
