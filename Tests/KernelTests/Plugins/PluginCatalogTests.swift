// The catalog and what its changes mean for mounts, with engines that are no processes.

import Cryptography
import JSON
import KernelTesting
import Paths
import Testing

@testable import Kernel

struct PluginCatalogTests {
    private func register(
        _ core: TestCore, _ version: String, name: String = "own", _ more: JSONObject = [:]
    ) async -> TestResponse {
        var body: JSONObject = JSONObject([
            ("sha256", .string(String(repeating: "ab", count: 32))), ("command", "program"),
            ("version", .string(version)),
        ])
        for (key, value) in more.members { body[key] = value }
        return await core.call(.update, "sys/plugins/catalog/secret/\(name)", .object(body))
    }

    private func mount(_ core: TestCore, _ body: JSONValue = ["type": "own"]) async -> TestResponse
    {
        await core.call(.update, "sys/mounts/m", body)
    }

    private func shown(_ core: TestCore) async -> JSONValue? {
        await core.call(.read, "sys/mounts/m").data
    }

    @Test("an entry keeps all that was said of it, and other keepers of the same store read it")
    func entries() async throws {
        let core = try await TestCore()
        let more: JSONObject = [
            "args": ["x"], "env": ["A=b"], "network": true, "readable_paths": ["/srv"],
            "memory_limit": 100_000_000,
        ]
        #expect(await register(core, "1.0", more).status == 204)
        let program = PluginProgram(
            kind: .secret, name: "own", version: "v1.0.0", command: "program", arguments: ["x"],
            environment: ["A=b"], digest: Array(repeating: 0xAB, count: 32),
            permissions: {
                var permissions = PluginPermissions()
                permissions.allowsNetwork = true
                permissions.readablePaths = ["/srv"]
                permissions.memoryBytes = 100_000_000
                return permissions
            }())
        #expect(try core.core.activeState().plugins.programs == [program])
        let next = try await core.restarted([.echo])
        #expect(try next.core.activeState().plugins.programs == [program])
    }

    @Test("who registers a program that needs more than its entry permits is told so")
    func lackingPermissions() async throws {
        let core = try await TestCore()
        let short = await register(core, "1.0.0", ["command": "greedy"])
        #expect(short.warnings.count == 1)
        #expect(short.warnings.first?.hasSuffix(": network") == true)
        #expect(
            await register(core, "1.0.0", ["command": "greedy", "network": true]).status == 204)
        var wanted = PluginPermissions()
        wanted.readablePaths = ["/a", "/b"]
        wanted.writablePaths = ["/c"]
        wanted.processes = 2
        var given = PluginPermissions()
        given.writablePaths = ["/a"]
        given.processes = 1
        #expect(given.lacking(wanted) == ["read /b", "write /c", "processes 2"])
        #expect(wanted.lacking(wanted).isEmpty)
    }

    @Test(
        "a limit with which no plugin could start is refused, and named",
        arguments: [
            ("memory_limit", 16 * 1024 * 1024), ("process_limit", 1), ("file_limit", 3),
        ])
    func limits(field: String, least: Int) async throws {
        let core = try await TestCore()
        for value in [-1, least - 1, Int.min] as [Int] where value != 0 {
            let answer = await register(core, "1.0.0", JSONObject([(field, .int(value))]))
            #expect(answer.status == 400)
            #expect(answer.errors.first?.hasPrefix(field + " ") == true)
        }
        let text = await register(core, "1.0.0", JSONObject([(field, .string("plenty"))]))
        #expect(text.status == 400)
        #expect(text.errors.first?.contains(field) == true)
        #expect(try core.core.activeState().plugins.programs.isEmpty)
        for value in [0, least, Int.max] {
            let answer = await register(core, "1.0.0", JSONObject([(field, .int(value))]))
            #expect(answer.status == 204)
        }
    }

    @Test("an entry that the host refuses is not stored")
    func refusedEntry() async throws {
        let core = try await TestCore()
        #expect(await register(core, "1.0.0", ["command": "missing"]).status == 400)
        #expect(try core.core.activeState().plugins.programs.isEmpty)
    }

    @Test("the environment of a plugin is shown to nobody")
    func environment() async throws {
        let core = try await TestCore()
        _ = await register(core, "", ["env": ["PASSWORD=hunter2"]])
        for path in ["sys/plugins/catalog/secret/own", "sys/plugins/catalog"] {
            let answer = await core.call(.read, path)
            #expect(answer.status == 200)
            let text = answer.data?.encodedString() ?? ""
            #expect(!text.contains("hunter2"))
        }
    }

    @Test("a mount remembers the newest version if only versions are registered")
    func newest() async throws {
        let core = try await TestCore()
        for version in ["1.2.0", "1.10.0", "1.9.0"] { _ = await register(core, version) }
        #expect(await mount(core).status == 204)
        #expect(await shown(core)?["plugin_version"] == "v1.10.0")
        _ = await register(core, "2.0.0")
        _ = await core.call(.update, "sys/plugins/reload/backend", ["plugin": "own"])
        #expect(await shown(core)?["running_plugin_version"] == "v1.10.0")
    }

    @Test("a mount of a version that was deregistered does not get another one in its place")
    func deregistered() async throws {
        let core = try await TestCore()
        _ = await register(core, "1.0.0")
        _ = await register(core, "2.0.0")
        #expect(await mount(core, ["type": "own", "plugin_version": "1.0.0"]).status == 204)
        _ = await core.call(.delete, "sys/plugins/catalog/secret/own", ["version": "1.0.0"])
        #expect(await core.call(.read, "m/x").status == 200)
        let next = try await core.restarted([.echo])
        let answer = await next.call(.read, "m/x")
        #expect(answer.status == 400)
        #expect(answer.errors.first?.contains("has no version v1.0.0") == true)
        #expect(
            await next.call(.update, "sys/mounts/m/tune", ["plugin_version": "2.0.0"]).status == 204
        )
        #expect(await next.call(.read, "m/x").status == 200)
    }

    @Test("tuning to another version hands the program to the engine, and other tuning does not")
    func tuning() async throws {
        let core = try await TestCore()
        _ = await register(core, "1.0.0")
        _ = await register(core, "2.0.0")
        _ = await mount(core, ["type": "own", "plugin_version": "1.0.0"])
        let engine = try #require(core.launcher.engines.last)
        let tune = "sys/mounts/m/tune"
        #expect(await core.call(.update, tune, ["description": "words"]).status == 204)
        #expect(await core.call(.update, tune, ["plugin_version": "1.0.0"]).status == 204)
        #expect(engine.replacementCount == 0)
        #expect(await core.call(.update, tune, ["plugin_version": "2.0.0"]).status == 204)
        #expect(engine.replacementCount == 1)
        #expect(await shown(core)?["plugin_version"] == "v2.0.0")
        #expect(await core.call(.read, tune).data?["plugin_version"] == "v2.0.0")
    }

    @Test(
        "a program that refuses leaves the mount as it was, with all that was tuned along with it")
    func refusal() async throws {
        let core = try await TestCore()
        _ = await register(core, "1.0.0")
        _ = await register(core, "2.0.0", ["args": ["refuses"]])
        _ = await mount(core, ["type": "own", "plugin_version": "1.0.0"])
        let answer = await core.call(
            .update, "sys/mounts/m/tune", ["plugin_version": "2.0.0", "description": "words"])
        #expect(answer.status == 400)
        #expect(answer.errors.first?.contains("the program refuses") == true)
        let mount = await shown(core)
        #expect(mount?["plugin_version"] == "v1.0.0")
        #expect(mount?["description"] == "")
        #expect(mount?["upgrade_failure"]?.stringValue?.contains("the program refuses") == true)
    }

    @Test("a program that is given up takes the mount's version back, also after a restart")
    func rollback() async throws {
        let core = try await TestCore()
        _ = await register(core, "1.0.0")
        _ = await register(core, "2.0.0", ["args": ["dies"]])
        _ = await mount(core, ["type": "own", "plugin_version": "1.0.0"])
        let tune: JSONValue = ["plugin_version": "2.0.0"]
        #expect(await core.call(.update, "sys/mounts/m/tune", tune).status == 204)
        while await shown(core)?["plugin_version"] != "v1.0.0" { await Task.yield() }
        let failure = await shown(core)?["upgrade_failure"]?.stringValue
        #expect(failure?.contains("it died") == true)
        let next = try await core.restarted([.echo])
        #expect(await shown(next)?["plugin_version"] == "v1.0.0")
    }

    @Test("a pinned version is not deregistered and cannot be passed by")
    func pins() async throws {
        let core = try await TestCore()
        _ = await register(core, "1.0.0")
        _ = await register(core, "2.0.0")
        let pin = "sys/plugins/pins/secret/own"
        #expect(await core.call(.update, pin, ["version": "1.0.0"]).status == 204)
        let path = "sys/plugins/catalog/secret/own"
        #expect(await core.call(.delete, path, ["version": "1.0.0"]).status == 400)
        #expect(await mount(core, ["type": "own", "plugin_version": "2.0.0"]).status == 400)
        #expect(await mount(core).status == 204)
        #expect(await shown(core)?["running_plugin_version"] == "v1.0.0")
        let next = try await core.restarted([.echo])
        #expect(try next.core.activeState().plugins.pins.map(\.version) == ["v1.0.0"])
    }

    @Test("an entry of a form that this version does not know keeps the server from unsealing")
    func unknownForm() {
        #expect(throws: BackendFailure.self) {
            try PluginProgram(decoding: Array("{\"v\":2,\"name\":\"a\"}".utf8))
        }
        #expect(throws: BackendFailure.self) { try PluginProgram(decoding: [0xFF]) }
    }
}
