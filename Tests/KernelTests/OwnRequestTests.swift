// What the core asks engines for itself.

import JSON
import Kernel
import KernelTesting
import Paths
import Testing

@Suite struct OwnRequestTests {
    private func ask(
        _ server: TestCore, _ path: String, namespace: String = ""
    ) async -> Result<JSONValue?, BackendFailure> {
        let own = OwnRequest(
            namespace: namespace, path: path, data: Array(#"{"name":"hunter2"}"#.utf8),
            purpose: "a test's own")
        do throws(BackendFailure) {
            let data = try await server.pipeline.ask(own)
            return .success(try? JSONValue(parsing: data))
        } catch { return .failure(error) }
    }

    private func failure(_ server: TestCore, _ path: String, namespace: String = "") async
        -> BackendFailure?
    {
        if case .failure(let failure) = await ask(server, path, namespace: namespace) {
            return failure
        }
        return nil
    }

    @Test("it reaches the mount as a write below it, without a token, and gets the data")
    func reaches() async throws {
        let server = try await TestCore()
        _ = await server.call(.update, "sys/mounts/deep/echo", ["type": "echo"])
        let answer = try await ask(server, "deep/echo/issue/own").get()
        #expect(answer == ["path": "issue/own", "operation": "update"])
        let seen = try #require(server.launcher.engines.first?.requests.last)
        #expect(String(decoding: seen.data, as: UTF8.self) == #"{"name":"hunter2"}"#)
        #expect(seen.entityID.isEmpty && seen.displayName.isEmpty)
    }

    @Test("a namespace is found by its name, and its mounts only")
    func namespaces() async throws {
        let server = try await TestCore()
        _ = await server.call(.update, "sys/namespaces/team")
        _ = await server.call(.update, "sys/mounts/echo", ["type": "echo"], namespace: "team")
        #expect(try await ask(server, "echo/own", namespace: "team").get() != nil)
        #expect(await failure(server, "echo/own")?.code == .unsupportedPath)
        #expect(await failure(server, "echo/own", namespace: "nowhere")?.code == .notFound)
    }

    @Test(
        "the core's own engines, auth methods and what is not there are not asked",
        arguments: [
            "sys/seal", "auth/token/create-orphan", "cubbyhole/a", "nowhere/a", "auth/in/a",
        ]
    )
    func refused(path: String) async throws {
        var type = FakeEngineType.echo
        type.kind = .auth
        let server = try await TestCore([type])
        _ = await server.call(.update, "sys/auth/in", ["type": "echo"])
        let refusal = await failure(server, path)
        #expect(refusal?.code == .unsupportedPath)
        #expect(refusal?.message.contains(path) == true)
        #expect(!server.core.isSealed)
    }

    @Test("both sides of it are recorded with its purpose, and what was asked is hashed")
    func recorded() async throws {
        let folder = try AuditFolder()
        let server = try await TestCore()
        let options: JSONValue = ["file_path": .string("\(folder.path)/audit.log")]
        _ = await server.call(.update, "sys/audit/file", ["type": "file", "options": options])
        _ = await server.call(.update, "sys/mounts/echo", ["type": "echo"])
        _ = await ask(server, "echo/own")
        let last = Array(try folder.entries().suffix(2))
        #expect(last.map { $0["type"] } == ["request", "response"])
        for line in last {
            #expect(line["request"]?["path"] == "echo/own")
            #expect(line["auth"]?["display_name"] == "a test's own")
            #expect(line["auth"]?["policies"] == nil)
        }
        #expect(!folder.text().contains("hunter2"))
    }

    @Test("an answer with a lease is refused and undone: nobody's token would end it")
    func lease() async throws {
        let desk = CredentialDesk()
        let server = try await TestCore([desk.engine])
        _ = await server.call(.update, "sys/mounts/credentials", ["type": "credentials"])
        #expect(await failure(server, "credentials/creds/own")?.message.contains("lease") == true)
        #expect(desk.made == 1 && desk.living.isEmpty)
    }

    @Test("an engine's refusal is passed on, and an answer without data is one")
    func refusals() async throws {
        let type = FakeEngineType("moody") { request, _ in
            request.path == "empty"
                ? .success(BackendAnswer())
                : .failure(BackendFailure(.invalidRequest, "unknown role: own"))
        }
        let server = try await TestCore([type])
        _ = await server.call(.update, "sys/mounts/moody", ["type": "moody"])
        #expect(await failure(server, "moody/own")?.message == "unknown role: own")
        #expect(await failure(server, "moody/empty") != nil)
    }

    @Test("a sealed core asks nothing")
    func sealed() async throws {
        let server = try await TestCore()
        _ = await server.call(.update, "sys/seal")
        #expect(await failure(server, "echo/own")?.code == .sealed)
    }
}
