import Glibc
import JSON
import Kernel
import Paths
import Testing

@testable import PluginHost

@Suite struct SpawnTests {
    @Test(
        "a child has its lanes, an empty environment, its own session, and nothing of the core"
    )
    func surroundings() async throws {
        setenv("COFFER_HOST_TEST_SECRET", "leak", 1)
        // Inheritable on purpose: not close-on-exec.
        let leak = open("/dev/null", O_RDONLY)
        defer { close(leak) }
        try await Host.with(["coffer-plugin-test"]) { host in
            let backend = try await host.mount("test")
            let text = try #require(await backend.call(.read, "process", in: host).text)
            let facts = try JSONValue(parsing: Array(text.utf8))
            #expect(
                facts["environment"] == .array([.string("COFFER_PLUGIN_LANES=\(Host.laneCount)")]))
            let descriptors = facts["descriptors"]?.arrayValue?.compactMap(\.intValue)
            #expect(descriptors == Array(0..<(3 + Host.laneCount)))
            #expect(facts["session"]?.intValue == facts["pid"]?.intValue)
            #expect(facts["noNewPrivileges"]?.boolValue == true)
            #expect(facts["coreBytes"]?.intValue == 0)
            #expect(facts["interruptBlocked"]?.boolValue == false)
        }
    }

    @Test("a child dies with the core, however the core dies")
    func orphan() async throws {
        let folder = try PluginFolder(["coffer-plugin-parent"])
        let log = CapturedLog()
        let thread = try #require(ProcessThread())
        let executable = try PluginExecutable.open(
            "coffer-plugin-parent", in: folder.directory())
        let parent = try await thread.spawn(executable, lanes: 1, logger: log.logger) { _ in }.get()
        defer { for socket in parent.laneSockets { close(socket) } }
        let line = await log.first { $0.message == "child" }
        let child = try #require(line.metadata["child"].flatMap { pid_t($0) })
        #expect(kill(child, 0) == 0)
        let handle = try #require(ProcessHandle(child))
        // Its parent only: neither the child nor its group is told.
        kill(parent.process.pid, SIGKILL)
        #expect(handle.endsWithin(milliseconds: 5_000))
        await thread.stop()
    }

    @Test("a file that changes between its check and its start is not run")
    func changedFile() async throws {
        let folder = try PluginFolder([])
        try folder.write("coffer-plugin-a", Array("#!/bin/sh\nsleep 100\n".utf8))
        let executable = try PluginExecutable.open("coffer-plugin-a", in: folder.directory())
        try folder.write("coffer-plugin-a", Array("#!/bin/sh\nsleep 200\n".utf8))
        let thread = try #require(ProcessThread())
        let result = await thread.spawn(executable, lanes: 1, logger: CapturedLog().logger) { _ in }
        guard case .failure(let error) = result else {
            Issue.record("it ran")
            return
        }
        #expect(error.step == .changedFile)
        await thread.stop()
    }

    @Test("what a plugin started ends with it")
    func grandchildren() async throws {
        let folder = try PluginFolder([])
        try folder.write(
            "coffer-plugin-a",
            Array(
                "#!/bin/sh\nsleep 300 &\necho \"{\\\"@message\\\":\\\"child\\\",\\\"child\\\":\\\"$!\\\"}\" >&2\nwait\n"
                    .utf8))
        let log = CapturedLog()
        let thread = try #require(ProcessThread())
        let executable = try PluginExecutable.open("coffer-plugin-a", in: folder.directory())
        let spawned = try await thread.spawn(executable, lanes: 1, logger: log.logger) { _ in }
            .get()
        defer { for socket in spawned.laneSockets { close(socket) } }
        let line = await log.first { $0.message == "child" }
        let child = try #require(line.metadata["child"].flatMap { pid_t($0) })
        let handle = try #require(ProcessHandle(child))
        spawned.process.signal(SIGKILL)
        #expect(handle.endsWithin(milliseconds: 5_000))
        await thread.stop()
    }

    @Test(
        "a process that is held back takes no more time, and ends when it is told to all the same")
    func heldBack() async throws {
        let folder = try PluginFolder([])
        try folder.write("coffer-plugin-a", Array("#!/bin/sh\nwhile :; do :; done\n".utf8))
        let thread = try #require(ProcessThread())
        let executable = try PluginExecutable.open("coffer-plugin-a", in: folder.directory())
        let spawned = try await thread.spawn(
            executable, lanes: 1, logger: CapturedLog().logger
        ) { _ in }.get()
        defer { for socket in spawned.laneSockets { close(socket) } }
        let process = spawned.process
        while try #require(process.processorNanoseconds) < 1_000_000 { await Task.yield() }
        process.hold()
        while Self.state(of: process.pid) != "T" { await Task.yield() }
        let stopped = process.processorNanoseconds
        process.letGo()
        while process.processorNanoseconds == stopped { await Task.yield() }
        process.hold()
        process.signal(SIGTERM)
        // Nothing holds it back from its end.
        process.hold()
        await thread.stop()
        #expect(process.processorNanoseconds == nil)
    }

    /// The letter of `/proc/PID/stat`: `R`, `S`, `T`, …
    private static func state(of pid: Int32) -> Character? {
        let descriptor = open("/proc/\(pid)/stat", O_RDONLY)
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 512)
        let count = read(descriptor, &bytes, bytes.count)
        let text = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
        return text.split(separator: ")").last?.split(separator: " ").first?.first
    }
}
