import Glibc
import Kernel
import Logging
import NIOCore
import Paths
import Testing

@testable import PluginHost

@Suite struct HostileChildTests {
    private static let impatient = HostTimings(
        start: .milliseconds(500), mount: .milliseconds(500), drain: .milliseconds(200),
        terminate: .milliseconds(200), sweep: .milliseconds(50))
    /// For children that are to start, however busy the machine is.
    private static let impatientAtWork = HostTimings(
        drain: .milliseconds(200), terminate: .milliseconds(200), sweep: .milliseconds(50))

    private func failure(
        _ host: Host, _ type: String, kind: BackendKind = .secret
    ) async -> BackendFailure? {
        do {
            _ = try await host.mount(type, kind: kind)
            return nil
        } catch { return error as? BackendFailure }
    }

    @Test(
        "a child that does not come to a handshake fails its mount with the reason",
        arguments: [
            ("exits", BackendKind.secret, "exited with code 3"), ("mute", .secret, "handshake"),
            ("babbles", .secret, "malformed frame"), ("secretraw", .auth, "not of the kind"),
            ("authraw", .secret, "not of the kind"), ("script", .secret, "exited with code 9"),
            ("text", .secret, "could not be started"),
        ])
    func failsToStart(_ type: String, _ kind: BackendKind, _ text: String) async throws {
        let names = [
            "coffer-plugin-exits", "coffer-plugin-mute", "coffer-plugin-babbles",
            "coffer-plugin-authraw", "coffer-plugin-auth-secretraw",
        ]
        try await Host.with(names, timings: Self.impatient) { host in
            try host.folder.write("coffer-plugin-script", Array("#!/bin/sh\nexit 9\n".utf8))
            try host.folder.write("coffer-plugin-text", Array("not a program".utf8))
            let failure = await failure(host, type, kind: kind)
            #expect(failure?.code == .unavailable)
            #expect(failure?.message.contains(text) == true, "\(failure?.message ?? "mounted")")
            #expect((failure?.retryAfterSeconds ?? 0) >= 1)
        }
    }

    @Test("while it keeps ending, it is started later and later, and callers are told when")
    func backsOff() async throws {
        try await Host.with(["coffer-plugin-exits"]) { host in
            var failures: [BackendFailure] = []
            // 100 + 200 + 400 + 800 ms of waiting, then the breaker is open.
            for _ in 0..<6 { if let one = await failure(host, "exits") { failures.append(one) } }
            #expect(failures.count == 6)
            #expect(failures.last?.message.contains("keeps ending") == true)
            #expect((failures.last?.retryAfterSeconds ?? 0) >= 1)
            let status = await host.status("exits")
            #expect(status?.phase == .backingOff)
            #expect(status?.failuresInARow == 5)
            #expect((status?.nextStartSeconds ?? 0) > 0)
            #expect(status?.lastEnd?.contains("code 3") == true)
        }
    }

    @Test("after kill -9 the request in flight fails, the next one is served by a new process")
    func killed() async throws {
        try await Host.with(["coffer-plugin-test"]) { host in
            let storage = try await TestStorage.make()
            let backend = try await host.mount("test", storage: storage)
            _ = await backend.call(.update, "data/a", "{\"x\":1}", in: host)
            let first = try #require(await host.status("test")?.pid)
            async let hanging = backend.call(.update, "misbehave/hang", in: host)
            _ = await host.log.first { $0.message == "hanging" }
            // The other lane is served meanwhile.
            #expect(await backend.call(.update, "echo", "{}", lane: 1, in: host).text == "{}")
            kill(first, SIGKILL)
            let lost = await hanging
            #expect(lost.failure?.code == .internalError)
            #expect(lost.failure?.message.contains("may or may not") == true)
            #expect(await backend.call(.read, "data/a", lane: 0, in: host).text == "{\"x\":1}")
            #expect(await backend.call(.read, "data/a", lane: 1, in: host).text == "{\"x\":1}")
            let status = await host.status("test")
            #expect(status?.pid != first)
            #expect(status?.restarts == 1)
        }
    }

    @Test(
        "a child that dies at work fails that request only",
        arguments: ["misbehave/exit", "misbehave/crash"])
    func diesAtWork(_ path: String) async throws {
        try await Host.with(["coffer-plugin-test"]) { host in
            let backend = try await host.mount("test")
            #expect(await backend.call(.update, path, in: host).failure?.code == .internalError)
            #expect(await backend.call(.update, "echo", "{}", in: host).text == "{}")
            let line = await host.log.first { $0.message.contains("ended: it") }
            #expect(line.message.contains(path.hasSuffix("exit") ? "code 7" : "signal"))
        }
    }

    @Test(
        "a child that breaks the protocol is named, killed and replaced",
        arguments: ["garbage", "huge", "unknown-call", "twice", "wrong-kind"])
    func breaksProtocol(_ path: String) async throws {
        try await Host.with(["coffer-plugin-raw"], timings: Self.impatientAtWork) { host in
            let backend = try await host.mount("raw")
            let first = try #require(await host.status("raw")?.pid)
            let outcome = await backend.call(.update, path, in: host)
            if path == "twice" {
                #expect(outcome.text == "{\"said\":\"once\"}")
            } else {
                #expect(outcome.failure?.code == .internalError)
                #expect(outcome.failure?.message.contains("malformed frame") == true)
            }
            let line = await host.log.first { $0.message.contains("ended: it sent a malformed") }
            #expect(line.level == .error)
            #expect(
                await backend.call(.update, "other", lane: 1, in: host).text
                    == "{\"said\":\"unknown path\"}")
            #expect(kill(first, 0) != 0)
        }
    }

    @Test("a storage call for a mount of somebody else is refused, and one out of the folder too")
    func foreignStorage() async throws {
        try await Host.with(["coffer-plugin-raw"]) { host in
            let backend = try await host.mount("raw")
            #expect(
                await backend.call(.update, "foreign", in: host).text?.contains("permissionDenied")
                    == true)
            #expect(
                await backend.call(.update, "escape", in: host).text?.contains("invalidRequest")
                    == true)
            #expect(
                await backend.call(.update, "ended-parent", in: host).text?.contains("cancelled")
                    == true)
        }
    }

    @Test("a child that never answers misses deadlines, then it is replaced")
    func neverAnswers() async throws {
        try await Host.with(["coffer-plugin-raw"], timings: Self.impatientAtWork) { host in
            let backend = try await host.mount("raw")
            let first = try #require(await host.status("raw")?.pid)
            for _ in 0..<PluginHostLimits.missedDeadlinesInARow {
                let outcome = await backend.call(.update, "silent", in: host, milliseconds: 100)
                #expect(outcome.failure?.code == .deadlineExceeded)
            }
            _ = await host.log.first { $0.message.contains("does not answer") }
            #expect(await backend.call(.update, "other", in: host).text != nil)
            #expect(await host.status("raw")?.pid != first)
        }
    }

    @Test("what a child writes after its request's deadline is not written")
    func lateWrite() async throws {
        try await Host.with(["coffer-plugin-raw"], timings: Self.impatientAtWork) { host in
            let storage = try await TestStorage.make()
            let backend = try await host.mount("raw", storage: storage)
            let outcome = await backend.call(.update, "late", in: host, milliseconds: 100)
            #expect(outcome.failure?.code == .deadlineExceeded)
            // The answer to this one comes behind the late write on the same connection.
            _ = await backend.call(.update, "other", in: host)
            #expect(try storage.text("late") == nil)
        }
    }

    @Test(
        "an answer that is none fails the request and not the process",
        arguments: ["not-json", "array", "status", "login", "header"])
    func impossibleAnswers(_ how: String) async throws {
        try await Host.with(["coffer-plugin-test"]) { host in
            let backend = try await host.mount("test")
            let outcome = await backend.call(.update, "misbehave/" + how, in: host)
            #expect(outcome.failure?.code == .internalError)
            #expect(await backend.call(.update, "echo", "{}", in: host).text == "{}")
            #expect(await host.status("test")?.restarts == 0)
        }
    }

    @Test("a flood of log lines is cut, counted, and does not stop the child")
    func floods() async throws {
        try await Host.with(["coffer-plugin-test"]) { host in
            let backend = try await host.mount("test")
            #expect(await backend.call(.update, "misbehave/flood", in: host).failure == nil)
            let dropped = await host.log.first {
                $0.message.contains("lines of the plugin were dropped")
            }
            #expect(dropped.metadata["plugin"] == "test")
            #expect(
                host.log.lines.count { $0.message == "flood" } <= 2
                    * PluginHostLimits.logLinesPerSecond)
            #expect(await backend.call(.update, "echo", "{}", in: host).text == "{}")
        }
    }

    @Test("what a child logs carries its name and pid, and neither tokens nor terminal commands")
    func logs() async throws {
        try await Host.with(["coffer-plugin-test"]) { host in
            let backend = try await host.mount("test")
            _ = await backend.call(.update, "misbehave/shout", in: host)
            let structured = await host.log.first { $0.message == "structured" }
            #expect(structured.level == .warning)
            #expect(structured.metadata["key"] == "value")
            #expect(structured.metadata["plugin"] == "test")
            let pid = try #require(await host.status("test")?.pid)
            #expect(structured.metadata["pid"] == "\(pid)")
            let plain = await host.log.first { $0.message.contains("plain") }
            #expect(plain.message == "plain \\u{1b}[31mtext hvs.<redacted> end")
        }
    }

    @Test("a child that neither drains nor heeds SIGTERM is killed in its time")
    func stubborn() async throws {
        try await Host.with(["coffer-plugin-stubborn"], timings: Self.impatientAtWork) { host in
            _ = try await host.mount("stubborn")
            let pid = try #require(await host.status("stubborn")?.pid)
            await host.launcher.shutdown()
            #expect(kill(pid, 0) != 0)
        }
    }

    @Test("requests that come while the process starts wait for it, all of them")
    func waitForStart() async throws {
        try await Host.with(["coffer-plugin-test"]) { host in
            let backend = try await host.mount("test")
            let pid = try #require(await host.status("test")?.pid)
            kill(pid, SIGKILL)
            _ = await host.log.first { $0.message.contains("ended: it") }
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<200 {
                    group.addTask {
                        let outcome = await backend.call(
                            .update, "echo", "{}", lane: number % Host.laneCount, in: host)
                        #expect(outcome.text == "{}")
                    }
                }
            }
            #expect(await host.status("test")?.restarts == 1)
        }
    }
}
