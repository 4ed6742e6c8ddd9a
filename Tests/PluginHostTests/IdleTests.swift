import Glibc
import Kernel
import NIOCore
import Paths
import Testing

@testable import PluginHost

@Suite struct IdleTests {
    private static let impatient = HostTimings(idle: .milliseconds(40))

    @Test("a process without work is stopped, and the next request starts another unnoticed")
    func stopsAndStarts() async throws {
        try await Host.with(["coffer-plugin-test"], timings: Self.impatient) { host in
            let storage = try await TestStorage.make()
            let backend = try await host.mount("test", storage: storage)
            _ = await backend.call(.update, "data/a", "{\"x\":1}", in: host)
            let line = await host.log.first { $0.message == "plugin stopped" }
            let pid = try #require(line.metadata["pid"].flatMap { pid_t($0) })
            #expect(kill(pid, 0) != 0)
            #expect(await backend.call(.read, "data/a", lane: 1, in: host).text == "{\"x\":1}")
            let status = await host.status("test")
            #expect(status?.restarts == 0)
            #expect(status?.failuresInARow == 0)
            #expect((status?.idleStops ?? 0) >= 1)
        }
    }

    @Test("however often it is stopped meanwhile, every request is answered")
    func underTraffic() async throws {
        try await Host.with(["coffer-plugin-test"], timings: HostTimings(idle: .milliseconds(4))) {
            host in
            let backend = try await host.mount("test")
            for number in 0..<200 {
                if number % 20 == 0 {
                    while await host.status("test")?.phase == .running { await Task.yield() }
                }
                let outcome = await backend.call(
                    .update, "echo", "{}", lane: number % Host.laneCount, in: host)
                #expect(outcome.text == "{}")
            }
        }
    }

    @Test("a process with a call in flight is not idle, however long the call takes")
    func busy() async throws {
        // What was only mounted is idle after a quarter of it: long enough for the call to be there
        // before, on a busy machine too.
        let timings = HostTimings(idle: .seconds(10))
        try await Host.with(["coffer-plugin-test", "coffer-plugin-raw"], timings: timings) {
            host in
            let backend = try await host.mount("test")
            async let hanging = backend.call(.update, "misbehave/hang", in: host)
            _ = await host.log.first { $0.message == "hanging" }
            // One that came later and has nothing to do is gone before.
            _ = try await host.mount("raw")
            _ = await host.log.first {
                $0.message == "plugin stopped" && $0.metadata["plugin"] == "raw"
            }
            let status = try #require(await host.status("test"))
            #expect(status.phase == .running)
            #expect(status.callsInFlight == 1)
            kill(try #require(status.pid), SIGKILL)
            #expect(await hanging.failure?.code == .internalError)
        }
    }
}
