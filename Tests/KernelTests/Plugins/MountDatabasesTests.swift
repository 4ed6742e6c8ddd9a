// Which entry of the catalog works as a mount's database plugin; the engines are no processes.

import Barrier
import Cryptography
import JSON
import KernelTesting
import Logging
import Paths
import Synchronization
import Testing

@testable import Kernel

@Suite struct MountDatabasesTests {
    private let launcher = FakeLauncher([.echo])
    private let core: TestCore
    private let plugins: PluginCatalog
    private let databases: MountDatabases

    init() async throws {
        core = try await TestCore()
        let state = try core.core.activeState()
        plugins = state.plugins
        let barrier = state.namespaces.surroundings.barrier
        databases = MountDatabases(
            launcher: launcher, plugins: plugins, logger: Logger(label: "test")
        ) { program in
            BackendMount(
                id: UUID128(high: 1, low: 2), kind: .database, type: program.name,
                program: program, path: "database/", options: [:], defaultLeaseTTLSeconds: 0,
                maxLeaseTTLSeconds: 0, storage: MountStorage(closedIn: barrier))
        }
    }

    private func register(
        _ version: String, name: String = "my-db", kind: String = "database"
    ) async {
        let body: JSONValue = [
            "sha256": .string(String(repeating: "ab", count: 32)), "command": "program",
            "version": .string(version),
        ]
        let answer = await core.call(.update, "sys/plugins/catalog/\(kind)/\(name)", body)
        #expect(answer.status == 204)
    }

    private func call(
        _ name: String = "my-db", version: String = "",
        purpose: DatabasePluginRequest.Purpose = .use, data: String = "{}"
    ) async -> Result<DatabasePluginAnswer, BackendFailure> {
        await withCheckedContinuation { continuation in
            databases.call(
                DatabasePluginRequest(
                    plugin: name, version: version, operation: "type", purpose: purpose,
                    data: Array(data.utf8), lane: 0, requestID: UUID128(high: 0, low: 1),
                    deadlineNanoseconds: .max)
            ) { continuation.resume(returning: $0) }
        }
    }

    private func failure(
        _ result: Result<DatabasePluginAnswer, BackendFailure>
    ) -> BackendFailure? {
        guard case .failure(let failure) = result else { return nil }
        return failure
    }

    @Test("each version has an engine of its own, opened once, and gets the operation as its path")
    func versions() async throws {
        await register("1.0.0")
        await register("2.0.0")
        for version in ["v1.0.0", "v2.0.0", "v1.0.0"] {
            let answer = try await call(version: version).get()
            #expect(answer.version == version)
            #expect(answer.data == Array(#"{"path":"type","operation":"update"}"#.utf8))
        }
        #expect(launcher.engines.count == 2)
        // A new connection that says nothing takes the newest.
        #expect(try await call(purpose: .configure).get().version == "v2.0.0")
        #expect(launcher.engines.count == 2)
        await databases.close()
        #expect(failure(await call(version: "v1.0.0"))?.code == .unavailable)
    }

    @Test("a pin decides for all connections, and refuses those that ask for another version")
    func pins() async throws {
        await register("1.0.0")
        await register("2.0.0")
        try await plugins.pin(PluginID(kind: .database, name: "my-db"), to: "v1.0.0")
        #expect(try await call(version: "v2.0.0").get().version == "v1.0.0")
        #expect(try await call(purpose: .configure).get().version == "v1.0.0")
        let refused = failure(await call(version: "v2.0.0", purpose: .configure))
        #expect(refused?.code == .invalidRequest && refused?.message.contains("pinned") == true)
    }

    @Test("what is not registered, or as something else, is not called")
    func missing() async throws {
        await register("", name: "an-engine", kind: "secret")
        await register("1.0.0")
        let unknown = failure(await call("nobody"))
        #expect(unknown?.message == "plugin not found in the catalog: database plugin \"nobody\"")
        let engine = failure(await call("an-engine"))
        #expect(engine?.message.contains("of type secret, and none of type database") == true)
        #expect(failure(await call("echo"))?.message.contains("of type secret") == true)
        #expect(failure(await call("../x"))?.code == .invalidRequest)
        #expect(
            failure(await call(version: "v3.0.0"))?.message.contains("no version v3.0.0") == true)
        #expect(failure(await call(data: "[]"))?.code == .invalidRequest)
        #expect(launcher.engines.count <= 1)
    }

    @Test("a plugin that did not start is tried again by the next call")
    func brokenDown() async throws {
        await register("1.0.0")
        launcher.breakDown()
        #expect(failure(await call())?.code == .unavailable)
        #expect(failure(await call())?.code == .unavailable)
    }

    @Test("to reload one runs what is registered now, and starts nothing that does not run")
    func reload() async throws {
        await register("1.0.0")
        #expect(try await call(purpose: .reload).get().version == "v1.0.0")
        #expect(launcher.engines.isEmpty)
        _ = try await call().get()
        _ = try await call(purpose: .reload).get()
        #expect(launcher.engines.first?.replacementCount == 1)
    }

    @Test("a database plugin has no storage")
    func storage() async throws {
        let storage = MountStorage(
            closedIn: try core.core.activeState().namespaces.surroundings.barrier)
        #expect(throws: BackendFailure.self) { try storage.get("x") }
        #expect(throws: BackendFailure.self) { try storage.list("", after: "", limit: 9) }
        #expect(throws: BackendFailure.self) { try storage.generatePassword(policy: "p") }
        let outcome = await withCheckedContinuation { continuation in
            storage.commit(preconditions: [], puts: [("x", [1])], deletes: []) {
                continuation.resume(returning: $0)
            }
        }
        guard case .failed(let failure) = outcome else {
            Issue.record("it was written")
            return
        }
        #expect(failure.code == .permissionDenied)
    }
}
