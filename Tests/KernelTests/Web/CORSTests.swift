import JSON
import Kernel
import KernelTesting
import Paths
import Testing

@Suite struct CORSTests {
    private func isAllowed(_ server: TestCore, _ origin: String) -> Bool? {
        switch server.pipeline.checkOrigin(origin) {
        case .off: nil
        case .allowed: true
        case .refused: false
        }
    }

    @Test("CORS is off at first, on with origins, and off again")
    func life() async throws {
        let server = try await TestCore()
        #expect(await server.call(.read, "sys/config/cors").data == ["enabled": false])
        #expect(isAllowed(server, "https://a.example") == nil)
        let set = await server.call(
            .update, "sys/config/cors",
            ["allowed_origins": "https://a.example,https://b.example", "allowed_headers": ["X-A"]])
        #expect(set.status == 204)
        let shown = await server.call(.read, "sys/config/cors").data
        #expect(shown?["enabled"] == true)
        #expect(shown?["allowed_origins"] == ["https://a.example", "https://b.example"])
        let headers = shown?["allowed_headers"]?.arrayValue?.compactMap(\.stringValue) ?? []
        #expect(headers.first == "Content-Type" && headers.last == "X-A")
        #expect(headers.contains("X-Vault-Token"))
        #expect(isAllowed(server, "https://b.example") == true)
        #expect(await server.call(.delete, "sys/config/cors").status == 204)
        #expect(await server.call(.read, "sys/config/cors").data == ["enabled": false])
        #expect(isAllowed(server, "https://evil.example") == nil)
    }

    @Test(
        "an origin is known as a whole or not at all",
        arguments: [
            "https://a.example.evil", "http://a.example", "https://a.example:8443",
            "HTTPS://A.EXAMPLE",
            "https://a.exampl", "null", "*", "",
        ])
    func exact(origin: String) async throws {
        let server = try await TestCore()
        _ = await server.call(
            .update, "sys/config/cors", ["allowed_origins": ["https://a.example"]])
        #expect(isAllowed(server, "https://a.example") == true)
        #expect(isAllowed(server, origin) == false)
    }

    @Test(
        "what cannot be meant is refused",
        arguments: [
            [:], ["allowed_origins": []], ["allowed_origins": ["*", "https://a.example"]],
            ["allowed_origins": ["https://a b"]], ["allowed_origins": ["https://a\r\nX: y"]],
            ["allowed_origins": "*", "allowed_headers": ["X-A\r\nX-B: c"]],
            ["allowed_origins": "*", "allowed_headers": ["X A"]], ["allowed_origins": ["x": 1]],
            ["allowed_origins": "https://a.example", "allow_credentials": true],
        ] as [JSONValue])
    func refused(body: JSONValue) async throws {
        let server = try await TestCore()
        #expect(await server.call(.update, "sys/config/cors", body).status == 400)
        #expect(await server.call(.read, "sys/config/cors").data == ["enabled": false])
    }

    @Test("the wildcard alone allows every origin, and headers read are not doubled when written")
    func wildcard() async throws {
        let server = try await TestCore()
        _ = await server.call(.update, "sys/config/cors", ["allowed_origins": "*"])
        #expect(isAllowed(server, "https://anything.example") == true)
        let before = await server.call(.read, "sys/config/cors").data
        _ = await server.call(.update, "sys/config/cors", before)
        #expect(await server.call(.read, "sys/config/cors").data == before)
    }

    @Test("the rules are there after a restart, and nobody knows them while sealed")
    func restart() async throws {
        let server = try await TestCore()
        _ = await server.call(
            .update, "sys/config/cors", ["allowed_origins": ["https://a.example"]])
        let shown = await server.call(.read, "sys/config/cors").data
        let next = try await server.restarted([.echo])
        #expect(await next.call(.read, "sys/config/cors").data == shown)
        #expect(isAllowed(next, "https://evil.example") == false)
        try await next.core.seal()
        #expect(isAllowed(next, "https://a.example") == nil)
    }

    @Test("a change that cannot be stored changes nothing")
    func fullStore() async throws {
        let store = FailingStore()
        let server = try await TestCore([.echo], store: store, shares: 1, threshold: 1)
        for share in server.shares { try await server.core.unseal(share: share) }
        store.fill(true)
        let answer = await server.call(.update, "sys/config/cors", ["allowed_origins": "*"])
        #expect(answer.status >= 500)
        #expect(isAllowed(server, "https://a.example") == nil)
    }

    @Test(
        "these settings need sudo", arguments: ["sys/config/cors", "sys/config/ui/headers/X-A"])
    func sudo(path: String) async throws {
        let server = try await TestCore()
        await server.policy(
            "plain",
            "path \"sys/config/*\" { capabilities = [\"create\", \"read\", \"update\", \"delete\", \"list\"] }"
        )
        await server.policy(
            "strong",
            "path \"sys/config/*\" { capabilities = [\"create\", \"read\", \"update\", \"delete\", \"list\", \"sudo\"] }"
        )
        let plain = try await server.token(["plain"])
        let strong = try await server.token(["strong"])
        let body: JSONValue = ["allowed_origins": "*", "values": ["a"]]
        #expect(await server.call(.update, path, body, token: plain).status == 403)
        #expect(await server.call(.update, path, body, token: strong).status == 204)
        #expect(await server.call(.read, path, token: plain).status == 403)
        #expect(await server.call(.read, path, token: strong).status == 200)
        #expect(await server.call(.delete, path, token: plain).status == 403)
    }
}
