import JSON
import Kernel
import KernelTesting
import Paths
import Testing

@Suite struct HeaderRulesTests {
    /// Sets headers that it may set, and some that it may not.
    private static let talkative = FakeEngineType("talkative") { _, _ in
        let names = [
            "Location", "X-Custom", "x-other", "Set-Cookie", "X-Vault-Token", "Vary",
            "Access-Control-Allow-Origin",
        ]
        return .success(
            BackendAnswer(data: Array("{}".utf8), headers: names.map { ($0, "v") }))
    }

    private func server(_ config: JSONValue) async throws -> TestCore {
        let server = try await TestCore([Self.talkative])
        let answer = await server.call(
            .update, "sys/mounts/t", ["type": "talkative", "config": config])
        #expect(answer.status == 204)
        return server
    }

    private let sent = [
        ("x-custom", "1"), ("x-custom", "2"), ("x-other", "3"), ("authorization", "Negotiate s"),
        ("proxy-authorization", "s"), ("cookie", "s"), ("x-vault-mfa", "s"), ("user-agent", "u"),
    ].map { (name: $0.0, value: $0.1) }

    private func seen(_ server: TestCore) async -> [String] {
        _ = await server.call(.read, "t/x", headers: sent)
        return server.launcher.engines.last?.requests.last?.headers.map {
            "\($0.name)=\($0.value)"
        } ?? ["no request"]
    }

    @Test("an engine sees no header unless its mount passes it")
    func nothing() async throws {
        let server = try await server([:])
        #expect(await seen(server) == [])
    }

    @Test("an engine sees the headers its mount passes, whatever their case, and no others")
    func passed() async throws {
        let server = try await server(["passthrough_request_headers": ["X-CuStOm", "X-Absent"]])
        #expect(await seen(server) == ["x-custom=1", "x-custom=2"])
        _ = await server.call(
            .update, "sys/mounts/t/tune", ["passthrough_request_headers": ["x-other"]])
        #expect(await seen(server) == ["x-other=3"])
        _ = await server.call(
            .update, "sys/mounts/t/tune", ["passthrough_request_headers": []])
        #expect(await seen(server) == [])
    }

    @Test("no mount can pass on what proves to the server who asks")
    func credentials() async throws {
        let server = try await server([
            "passthrough_request_headers": [
                "Authorization", "Proxy-Authorization", "Cookie", "X-Vault-Token", "X-Vault-MFA",
                "x-vault-mfa",
            ]
        ])
        #expect(await seen(server) == [])
    }

    @Test("clients see the usual headers of an engine, and others if the mount allows them")
    func allowed() async throws {
        let server = try await server([:])
        #expect(await server.call(.read, "t/x").headers.map(\.name) == ["Location"])
        _ = await server.call(
            .update, "sys/mounts/t/tune", ["allowed_response_headers": ["x-CUSTOM"]])
        #expect(await server.call(.read, "t/x").headers.map(\.name) == ["Location", "X-Custom"])
        let next = try await server.restarted([Self.talkative])
        #expect(await next.call(.read, "t/x").headers.map(\.name) == ["Location", "X-Custom"])
    }

    @Test("no mount can let an engine speak for the server")
    func ownHeaders() async throws {
        let server = try await server([
            "allowed_response_headers": [
                "Set-Cookie", "X-Vault-Token", "Vary", "Access-Control-Allow-Origin",
            ]
        ])
        #expect(await server.call(.read, "t/x").headers.map(\.name) == ["Location"])
    }
}
