import Cryptography
import Glibc
import Kernel
import Paths
import Testing

@testable import PluginHost

@Suite struct PluginLauncherTests {
    @Test("requests go to the plugin and back on every lane, many at once")
    func echoes() async throws {
        try await Host.with(["coffer-plugin-test"]) { host in
            let backend = try await host.mount("test")
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<2_000 {
                    group.addTask {
                        let data = "{\"number\":\(number).50}"
                        let outcome = await backend.call(
                            .update, "echo", data, lane: number % Host.laneCount, in: host)
                        #expect(outcome.text == data)
                    }
                }
            }
        }
    }

    @Test("headers that the kernel passes reach the plugin, and the plugin's reach the kernel")
    func headers() async throws {
        try await Host.with(["coffer-plugin-test"]) { host in
            let backend = try await host.mount("test")
            let outcome = await backend.call(
                .read, "headers", in: host, headers: [("x-custom", "1"), ("host", "h")])
            #expect(outcome.text == #"{"x-custom":"1","host":"h"}"#)
            guard case .success(let answer) = outcome else {
                Issue.record("not a success")
                return
            }
            #expect(answer.headers.map(\.name) == ["x-custom", "host"])
            #expect(answer.headers.map(\.value) == ["1", "h"])
        }
    }

    @Test("the mount's declarations become its manifest")
    func manifest() async throws {
        try await Host.with(["coffer-plugin-test"]) { host in
            let manifest = try await host.mount("test").manifest
            #expect(manifest.pluginName == "test")
            #expect(manifest.pluginVersion == "1.2.3")
            #expect(manifest.kind == .secret)
            #expect(manifest.unauthenticatedPaths.contains("say"))
            #expect(manifest.sudoPaths.contains("process"))
            guard
                case .found(let route, _, _) = manifest.routes.find(
                    path: "data/x", operation: .read)
            else {
                Issue.record("no route")
                return
            }
            #expect(route.reads(for: .read).map(\.text) == ["data/{key}"])
            #expect(route.reads(for: .update).isEmpty)
            #expect(host.launcher.catalog.map(\.version) == ["1.2.3"])
        }
    }

    @Test("what is written on one lane is read on another, and the engine set itself up")
    func storage() async throws {
        try await Host.with(["coffer-plugin-test"]) { host in
            let storage = try await TestStorage.make()
            let backend = try await host.mount("test", storage: storage)
            let written = await backend.call(.update, "data/a", "{\"x\":1}", lane: 0, in: host)
            #expect(written.failure == nil, "\(written.failure?.message ?? "")")
            #expect(await backend.call(.read, "data/a", lane: 1, in: host).text == "{\"x\":1}")
            #expect(await backend.call(.read, "data/b", in: host).text == nil)
            #expect(try storage.text("initialised") == "yes")
        }
    }

    @Test("of many writers that meet on one entry, on both lanes, every one comes through")
    func conflicts() async throws {
        try await Host.with(["coffer-plugin-test"]) { host in
            let storage = try await TestStorage.make()
            let backend = try await host.mount("test", storage: storage)
            let counted = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<200 {
                    group.addTask {
                        await backend.call(
                            .update, "counter", lane: number % Host.laneCount, in: host
                        ).failure == nil
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(counted == 200)
            #expect(try storage.text("counter") == "200")
        }
    }

    @Test("mounts of one plugin share a process and not their storage or options")
    func sharedProcess() async throws {
        try await Host.with(["coffer-plugin-test"]) { host in
            let one = try await host.mount("test", options: ["say": "one"])
            let two = try await host.mount("test", options: ["say": "two"])
            _ = await one.call(.update, "data/a", "{\"of\":\"one\"}", in: host)
            #expect(await two.call(.read, "data/a", in: host).text == nil)
            #expect(await one.call(.read, "say", in: host).text == "{\"say\":\"one\"}")
            #expect(await two.call(.read, "say", lane: 1, in: host).text == "{\"say\":\"two\"}")
            let status = await host.status("test")
            #expect(status?.mounts == 2)
            #expect(status?.restarts == 0)
            #expect(status?.digest.utf8.count == 64)
        }
    }

    @Test("changed options reach the engine, refused ones leave it as it was")
    func reconfigure() async throws {
        try await Host.with(["coffer-plugin-test"]) { host in
            let storage = try await TestStorage.make()
            let backend = try await host.mount("test", storage: storage)
            func mount(_ options: [String: String]) -> BackendMount {
                BackendMount(
                    id: .random(), kind: .secret, type: "test", path: "test/", options: options,
                    defaultLeaseTTLSeconds: 1, maxLeaseTTLSeconds: 2, storage: storage)
            }
            try await backend.reconfigure(mount(["say": "new"]))
            #expect(await backend.call(.read, "say", lane: 1, in: host).text == "{\"say\":\"new\"}")
            await #expect(throws: BackendFailure.self) {
                try await backend.reconfigure(mount(["refuse": "x"]))
            }
            #expect(await backend.call(.read, "say", in: host).text == "{\"say\":\"new\"}")
        }
    }

    @Test("a mount that the engine refuses fails with the engine's text, and takes nobody with it")
    func refusedMount() async throws {
        try await Host.with(["coffer-plugin-test"]) { host in
            let good = try await host.mount("test")
            do {
                _ = try await host.mount("test", options: ["refuse": "x"])
                Issue.record("mounted")
            } catch let failure as BackendFailure {
                #expect(failure.message.contains("the option refuse is refused"))
            }
            #expect(await good.call(.read, "say", in: host).failure == nil)
            #expect(await host.status("test")?.mounts == 1)
        }
    }

    @Test("a process whose only mount is refused is not kept")
    func refusedFirstMount() async throws {
        try await Host.with(["coffer-plugin-test"]) { host in
            await #expect(throws: BackendFailure.self) {
                try await host.mount("test", options: ["refuse": "x"])
            }
            #expect(await host.status("test")?.phase == .idle)
            #expect(await host.status("test")?.failuresInARow == 0)
        }
    }

    @Test("the last mount's end ends the process")
    func stopsWithLastMount() async throws {
        try await Host.with(["coffer-plugin-test"]) { host in
            let one = try await host.mount("test")
            let two = try await host.mount("test")
            let pid = try #require(await host.status("test")?.pid)
            await one.close()
            #expect(await two.call(.read, "say", in: host).failure == nil)
            await two.close()
            #expect(kill(pid, 0) != 0)
            // A plugin without mounts may be forgotten by then.
            #expect(await host.status("test")?.phase ?? .idle == .idle)
        }
    }

    @Test("a type that there is not, or of the other kind, is an invalid request")
    func unknownType() async throws {
        try await Host.with(["coffer-plugin-test"]) { host in
            for (type, kind) in [
                ("nothing", BackendKind.secret), ("test", .auth), ("../test", .secret),
            ] {
                do {
                    _ = try await host.mount(type, kind: kind)
                    Issue.record("mounted \(type)")
                } catch let failure as BackendFailure { #expect(failure.code == .invalidRequest) }
            }
        }
    }

    @Test("an auth method's login reaches the core; from a secrets engine it does not")
    func logins() async throws {
        try await Host.with(["coffer-plugin-test", "coffer-plugin-auth-test"]) { host in
            let secret = try await host.mount("test")
            let auth = try await host.mount("test", kind: .auth)
            #expect(auth.manifest.kind == .auth)
            #expect(
                await secret.call(.update, "misbehave/login", in: host).failure?.code
                    == .internalError)
            guard case .success(let answer) = await auth.call(.update, "misbehave/login", in: host)
            else {
                Issue.record("no login")
                return
            }
            #expect(answer.auth?.policies == ["admin"])
        }
    }

    @Test("after the shutdown every process is gone and every request is told so")
    func shutdown() async throws {
        try await Host.with(["coffer-plugin-test", "coffer-plugin-auth-test"]) { host in
            let backend = try await host.mount("test")
            _ = try await host.mount("test", kind: .auth)
            let pids = await host.launcher.status.compactMap(\.pid)
            #expect(pids.count == 2)
            await host.launcher.shutdown()
            for pid in pids { #expect(kill(pid, 0) != 0) }
            #expect(await backend.call(.read, "say", in: host).failure?.code == .unavailable)
            await #expect(throws: BackendFailure.self) { try await host.mount("test") }
        }
    }
}
