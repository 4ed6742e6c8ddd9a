import Cryptography
import JSON
import Kernel
import KernelTesting
import Paths
import Testing

@Suite struct PipelineTests {
    private func mounted(
        _ type: String, _ types: [FakeEngineType] = [.echo, .store]
    ) async throws -> TestCore {
        let server = try await TestCore(types)
        #expect(
            await server.call(.update, "sys/mounts/\(type)", ["type": .string(type)]).status == 204)
        return server
    }

    @Test("an engine sees neither the token nor the headers, and a path relative to its mount")
    func smallerRequest() async throws {
        let server = try await mounted("echo")
        let response = await server.call(.read, "echo/some/path")
        #expect(response.data?["path"] == "some/path")
        let seen = try #require(server.launcher.engines.first?.requests.first)
        #expect(seen.headers.isEmpty)
        let described = "\(seen)"
        #expect(!described.contains(server.rootToken))
    }

    @Test("without rights a path that exists and one that does not answer alike")
    func noProbing() async throws {
        let server = try await mounted("echo")
        let token = try await server.token(["default"])
        let present = await server.call(.read, "echo/a", token: token)
        let absent = await server.call(.read, "nowhere/a", token: token)
        #expect(present.status == 403 && absent.status == 403)
        #expect(present.errors == absent.errors)
        #expect(await server.call(.read, "nowhere/a").status == 404)
    }

    @Test("create and update are told apart by the entry that the engine names")
    func createOrUpdate() async throws {
        let server = try await mounted("store")
        await server.policy("creator", "path \"store/*\" { capabilities = [\"create\"] }")
        await server.policy("updater", "path \"store/*\" { capabilities = [\"update\"] }")
        let creator = try await server.token(["creator"])
        let updater = try await server.token(["updater"])
        #expect(await server.call(.update, "store/a", ["v": 1], token: updater).status == 403)
        #expect(await server.call(.update, "store/a", ["v": 1], token: creator).status == 204)
        #expect(await server.call(.update, "store/a", ["v": 2], token: creator).status == 403)
        #expect(await server.call(.update, "store/a", ["v": 2], token: updater).status == 204)
    }

    @Test("an engine's sudo paths need sudo, its open paths need no token")
    func declaredPaths() async throws {
        var type = FakeEngineType.echo
        type.sudo = ["config/*"]
        type.unauthenticated = ["login", "login/*"]
        let server = try await mounted("echo", [type])
        await server.policy("all", "path \"echo/*\" { capabilities = [\"read\"] }")
        let token = try await server.token(["all"])
        #expect(await server.call(.read, "echo/config/a", token: token).status == 403)
        #expect(await server.call(.read, "echo/other", token: token).status == 200)
        #expect(await server.call(.read, "echo/login/me", token: "").status == 200)
        #expect(await server.call(.read, "echo/loginx", token: "").status == 403)
    }

    @Test("slashes in a row are for the open reads that ask for them, and for nothing else")
    func emptySegments() async throws {
        var type = FakeEngineType.echo
        let operations: [Paths.Operation: DeclaredRoute] = [
            .read: DeclaredRoute(), .list: DeclaredRoute(), .update: DeclaredRoute(),
        ]
        let patterns: [PathPattern] = [
            "open/:data**", "plain/:path*", "closed/:data**", ":path*?",
        ]
        type.routes = patterns.map { Route($0, operations: operations) }
        type.unauthenticated = ["open/*", "plain/*"]
        let server = try await mounted("echo", [type])
        for token in ["", server.rootToken] {
            let taken = await server.call(.read, "echo/open/a//b///c/", token: token)
            #expect(taken.data?["path"] == "open/a//b///c/")
        }
        let refused: [(Paths.Operation, String)] = [
            (.update, "echo/open/a//b"), (.list, "echo/open/a//"), (.delete, "echo/open/a//b"),
            (.help, "echo/open/a//b"), (.read, "echo/plain/a//b"), (.read, "echo/closed/a//b"),
            (.read, "echo//open/a"), (.read, "echo/closed//open/a"), (.read, "echo/other//a"),
            (.read, "nowhere//a"), (.read, "sys//health"), (.read, "cubbyhole/a//b"),
        ]
        for (operation, path) in refused {
            let response = await server.call(operation, path)
            #expect(response.status == 400, "\(operation) \(path)")
            #expect(response.errors == ["path contains \"//\""])
        }
        #expect(server.launcher.engines.first?.requests.count == 2)
    }

    @Test("a secrets engine that returns a login gets nobody in")
    func noLoginFromSecrets() async throws {
        let type = FakeEngineType("rogue") { _, _ in
            .success(BackendAnswer(auth: AuthGrant(policies: ["root"], displayName: "rogue")))
        }
        let server = try await mounted("rogue", [type])
        let response = await server.call(.update, "rogue/login")
        #expect(response.status == 500)
        #expect(response.auth == nil)
    }

    @Test("a broken engine is reported to those who may know of it only")
    func brokenEngine() async throws {
        let server = try await mounted("echo")
        _ = await server.call(.update, "sys/seal")
        server.launcher.breakDown()
        try await server.core.unseal(share: server.shares[0])
        #expect(await server.call(.read, "echo/a").status == 503)
        #expect(await server.call(.read, "echo/a", token: "").status == 403)
        #expect(await server.call(.read, "sys/mounts").status == 200)
    }

    @Test("another namespace has nothing") func namespaces() async throws {
        let server = try await mounted("echo")
        #expect(await server.call(.read, "echo/a", namespace: "team").status == 403)
    }

    @Test("parameters that a policy constrains are checked against the body")
    func parameters() async throws {
        let server = try await mounted("echo")
        await server.policy(
            "limited",
            """
            path "echo/*" {
                capabilities = ["create", "update"]
                denied_parameters = { "danger" = [] }
                required_parameters = ["reason"]
            }
            """)
        let token = try await server.token(["limited"])
        #expect(await server.call(.update, "echo/a", ["reason": "x"], token: token).status == 200)
        #expect(
            await server.call(.update, "echo/a", ["reason": "x", "danger": 1], token: token).status
                == 403)
        #expect(await server.call(.update, "echo/a", [:], token: token).status == 403)
    }
}
