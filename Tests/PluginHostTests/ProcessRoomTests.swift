import Glibc
import Kernel
import NIOCore
import Paths
import Synchronization
import Testing

@testable import PluginHost

@Suite struct ProcessRoomTests {
    private func bounds(_ quota: String, _ most: Int) -> @Sendable () -> [NamespaceBounds] {
        { [NamespaceBounds(quota: quota, of: "a/", pluginProcesses: most)] }
    }

    @Test("mounts of many namespaces work in turn with few processes, and nothing is lost")
    func inTurn() async throws {
        try await Host.with(["coffer-plugin-test"], processes: 2) { host in
            var backends: [any Backend] = []
            for number in 0..<6 { backends.append(try await host.mount("test", in: "ns\(number)")) }
            for round in 0..<3 {
                for (number, backend) in backends.enumerated() {
                    let value = "{\"x\":\(number * 10 + round)}"
                    _ = await backend.call(.update, "data/a", value, in: host)
                    let lane = round % Host.laneCount
                    #expect(
                        await backend.call(.read, "data/a", lane: lane, in: host).text == value)
                    #expect(host.launcher.processCounts.values.reduce(0, +) <= 2)
                }
            }
            let status = await host.launcher.status
            #expect(status.reduce(0) { $0 + $1.idleStops } >= 12)
            #expect(status.allSatisfy { $0.restarts == 0 && $0.failuresInARow == 0 })
        }
    }

    @Test("requests to more engines than there may be processes, all at once, are all answered")
    func atOnce() async throws {
        // On a busy machine a turn takes its time.
        let patient = HostTimings(idleOther: .seconds(300), room: .seconds(300))
        try await Host.with(["coffer-plugin-test"], timings: patient, processes: 2) { host in
            var backends: [any Backend] = []
            for number in 0..<6 { backends.append(try await host.mount("test", in: "ns\(number)")) }
            await withTaskGroup(of: String?.self) { group in
                for number in 0..<60 {
                    let backend = backends[number % backends.count]
                    group.addTask {
                        await backend.call(
                            .update, "echo", "{}", lane: number % Host.laneCount, in: host
                        ).text
                    }
                }
                for await text in group { #expect(text == "{}") }
            }
            #expect(host.launcher.processCounts.values.reduce(0, +) <= 2)
        }
    }

    @Test("where all are at work, a start is refused with the bound's name and when to come back")
    func refused() async throws {
        try await Host.with(["coffer-plugin-test"], processes: 1) { host in
            let busy = try await host.mount("test", in: "a")
            async let hanging = busy.call(.update, "misbehave/hang", in: host)
            _ = await host.log.first { $0.message == "hanging" }
            do {
                _ = try await host.mount("test", in: "b")
                Issue.record("there was no room")
            } catch let failure as BackendFailure {
                #expect(failure.code == .unavailable)
                #expect(failure.retryAfterSeconds == 1)
                #expect(failure.isForWantOfRoom)
                #expect(failure.message.contains("in the server's configuration is 1"))
            }
            // That is no failure of the plugin: it may be started as soon as there is room.
            let pid = try #require(await host.status("test", in: "a")?.pid)
            kill(pid, SIGKILL)
            _ = await hanging
            _ = try await host.mount("test", in: "b")
        }
    }

    @Test("a namespace that may have one process has its engines in turn, and harms nobody else")
    func ofNamespace() async throws {
        try await Host.with(["coffer-plugin-test", "coffer-plugin-raw"]) { host in
            let one = bounds("team", 1)
            let other = try await host.mount("test", in: "other")
            let pid = await host.status("test", in: "other")?.pid
            let test = try await host.mount("test", in: "team", bounds: one)
            let raw = try await host.mount("raw", in: "team", bounds: one)
            for _ in 0..<3 {
                #expect(await test.call(.update, "echo", "{}", in: host).text == "{}")
                #expect(await raw.call(.update, "other", in: host).failure == nil)
                #expect(host.launcher.processCounts["team"] == 1)
            }
            #expect(await other.call(.update, "echo", "{}", in: host).text == "{}")
            #expect(await host.status("test", in: "other")?.pid == pid)
        }
    }

    @Test("what nobody has called since it was mounted goes before what was called long ago")
    func uncalledFirst() async throws {
        try await Host.with(["coffer-plugin-test"], processes: 2) { host in
            let called = try await host.mount("test", in: "called")
            #expect(await called.call(.update, "echo", "{}", in: host).text == "{}")
            _ = try await host.mount("test", in: "mounted")
            _ = try await host.mount("test", in: "new")
            #expect(await host.status("test", in: "called")?.phase == .running)
            #expect(await host.status("test", in: "mounted")?.phase == .idle)
            #expect(await host.status("test", in: "mounted")?.idleStops == 1)
        }
    }

    @Test("a bound that is set later holds from the next start on")
    func setLater() async throws {
        try await Host.with(["coffer-plugin-test", "coffer-plugin-raw"]) { host in
            let isSet = Switch()
            let later: @Sendable () -> [NamespaceBounds] = { [one = bounds("team", 1)] in
                isSet.isOn.load(ordering: .relaxed) ? one() : []
            }
            let test = try await host.mount("test", in: "team", bounds: later)
            let raw = try await host.mount("raw", in: "team", bounds: later)
            #expect(host.launcher.processCounts["team"] == 2)
            isSet.isOn.store(true, ordering: .relaxed)
            kill(try #require(await host.status("test", in: "team")?.pid), SIGKILL)
            _ = await host.log.first { $0.message.contains("ended: it") }
            #expect(await test.call(.update, "echo", "{}", in: host).text == "{}")
            #expect(host.launcher.processCounts["team"] == 1)
            #expect(await raw.call(.update, "other", in: host).failure == nil)
        }
    }

    @Test("a plugin that keeps ending takes nobody's room while it waits for its next start")
    func crashing() async throws {
        try await Host.with(["coffer-plugin-test", "coffer-plugin-exits"], processes: 1) { host in
            _ = try? await host.mount("exits", in: "bad")
            #expect(host.launcher.processCounts.isEmpty)
            let backend = try await host.mount("test", in: "good")
            #expect(await backend.call(.update, "echo", "{}", in: host).text == "{}")
        }
    }

    @Test("a process that is to go and does not exit is ended, and its room comes free")
    func stubborn() async throws {
        let timings = HostTimings(drain: .milliseconds(200), terminate: .milliseconds(200))
        let names = ["coffer-plugin-test", "coffer-plugin-stubborn"]
        try await Host.with(names, timings: timings, processes: 1) { host in
            _ = try await host.mount("stubborn")
            let backend = try await host.mount("test")
            #expect(await backend.call(.update, "echo", "{}", in: host).text == "{}")
        }
    }

    @Test("a namespace's bound on memory lowers what each of its processes may fill")
    func memory() async throws {
        try await Host.with(["coffer-plugin-test"]) { host in
            let small = 96 * 1024 * 1024
            _ = try await host.mount("test", in: "all")
            _ = try await host.mount("test", in: "team") {
                [
                    NamespaceBounds(quota: "wide", of: "a/", pluginMemoryBytes: 2 * small),
                    NamespaceBounds(quota: "narrow", of: "a/b/", pluginMemoryBytes: small),
                ]
            }
            _ = try await host.mount("test", in: "rich") {
                [NamespaceBounds(quota: "rich", of: "a/", pluginMemoryBytes: .max)]
            }
            func limit(_ namespace: String) async throws -> UInt64 {
                let pid = try #require(await host.status("test", in: namespace)?.pid)
                return try #require(dataLimit(pid))
            }
            let usual = try await limit("all")
            let stacks = usual - PluginHostLimits.pluginMemoryBytes
            let ofTeam = try await limit("team")
            #expect(ofTeam == UInt64(small) + stacks)
            let ofRich = try await limit("rich")
            #expect(ofRich == usual)
        }
    }

    private final class Switch: Sendable {
        let isOn = Atomic(false)
    }

    private func dataLimit(_ pid: pid_t) -> UInt64? {
        guard let file = fopen("/proc/\(pid)/limits", "r") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = fread(&bytes, 1, bytes.count, file)
        let lines = String(decoding: bytes.prefix(count), as: UTF8.self).split(separator: "\n")
        let line = lines.first { $0.hasPrefix("Max data size") }
        return line?.split(separator: " ").dropFirst(3).first.flatMap { UInt64($0) }
    }
}
