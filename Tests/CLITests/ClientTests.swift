import JSON
import NIOHTTP1
import NIOSSL
import Synchronization
import Testing

@testable import CLI

@Suite("The client")
struct ClientTests {
    private static let data = Canned.data(#"{"a":"1"}"#)

    @Test("every request carries token, namespace and the mark against forged requests")
    func headers() async throws {
        try await FakeServer.with(["GET /v1/x": Self.data]) { server in
            let outcome = await coffer(
                "read -ns=/team/a/ -wrap-ttl=5m -header=X-Trace=abc x", server: server)
            #expect(outcome.code == 0)
            let headers = try #require(server.received.first).headers
            #expect(headers["X-Vault-Token"] == ["hvs.test"])
            #expect(headers["X-Vault-Namespace"] == ["team/a/"])
            #expect(headers["X-Vault-Request"] == ["true"])
            #expect(headers["X-Vault-Wrap-TTL"] == ["300s"])
            #expect(headers["X-Trace"] == ["abc"])
        }
    }

    @Test("COFFER_ variables come before VAULT_ ones")
    func environment() async throws {
        try await FakeServer.with(["GET /v1/x": Self.data]) { server in
            let outcome = await coffer(
                "read x",
                environment: [
                    "COFFER_ADDR": server.address, "VAULT_ADDR": "http://127.0.0.1:1",
                    "COFFER_TOKEN": " hvs.mine\n", "COFFER_FORMAT": "yaml",
                ])
            #expect(outcome.code == 0)
            #expect(outcome.out.hasPrefix("data:\n  a: \"1\"\n"))
            #expect(server.received.first?.headers["X-Vault-Token"] == ["hvs.mine"])
        }
    }

    @Test("internal headers cannot be set, and line ends in a token cannot make new headers")
    func headerInjection() async throws {
        try await FakeServer.with(["GET /v1/x": Self.data]) { server in
            let reserved = await coffer("read -header=x-vault-token=y x", server: server)
            #expect(reserved.code == 1)
            let split = await coffer(
                ["read", "x"], server: server,
                environment: ["VAULT_TOKEN": "hvs.a\r\nX-Evil: 1"])
            #expect(split.code == 2)
            #expect(!split.err.contains("hvs.a"))
            let header = await coffer(["read", "-header=A=b\r\nX-Evil: 1", "x"], server: server)
            #expect(header.code == 2)
            let namespace = await coffer(["read", "-ns=a\nb", "x"], server: server)
            #expect(namespace.code == 2)
            #expect(server.received.isEmpty)
        }
    }

    @Test("a refusal is printed as vault prints it, and the exit code is 2")
    func refusal() async throws {
        try await FakeServer.with([
            "PUT /v1/x": .errors(403, "permission denied", "and more")
        ]) { server in
            let outcome = await coffer("write x a=1", server: server)
            #expect(outcome.code == 2)
            #expect(outcome.out.isEmpty)
            #expect(
                outcome.err == """
                    Error writing data to x: Error making API request.

                    URL: PUT \(server.address)/v1/x
                    Code: 403. Errors:

                    * permission denied
                    * and more

                    """)
        }
    }

    @Test("an answer that is not the API's is shown raw, with control characters made visible")
    func rawRefusal() async throws {
        try await FakeServer.with(["GET /v1/x": Canned(502, "bad \u{1B}[2Jgateway")]) { server in
            let outcome = await coffer(
                "read x", server: server, environment: ["VAULT_MAX_RETRIES": "0"])
            #expect(outcome.code == 2)
            #expect(outcome.err.contains(#"Code: 502. Raw Message:"#))
            #expect(outcome.err.contains(#"bad \x1b[2Jgateway"#))
        }
    }

    @Test(
        "reads are tried again after an error, writes only where the server did not take them",
        arguments: [
            ("read x", 500, 3), ("read x", 503, 3), ("read x", 412, 3), ("read x", 501, 1),
            ("read x", 400, 1), ("write x a=1", 503, 3), ("write x a=1", 412, 3),
            ("write x a=1", 500, 1), ("write x a=1", 502, 1), ("delete x", 500, 1),
        ])
    func retries(line: String, status: Int, attempts: Int) async throws {
        try await FakeServer.with(always: .errors(status, "x")) { server in
            let outcome = await coffer(line, server: server)
            #expect(outcome.code == 2)
            #expect(server.received.count == attempts)
        }
    }

    @Test("a passing error is not seen, and MAX_RETRIES turns trying again off")
    func recovery() async throws {
        let count = Mutex(0)
        let answer: FakeServer.Answerer = { _ in
            count.withLock {
                $0 += 1
                return $0 % 2 == 1 ? .errors(503, "x") : Self.data
            }
        }
        try await FakeServer.with(answer) { server in
            #expect(await coffer("read x", server: server).code == 0)
            let off = await coffer(
                "read x", server: server, environment: ["VAULT_MAX_RETRIES": "0"])
            #expect(off.code == 2)
        }
    }

    @Test("one redirect is followed with method, body and token")
    func redirect() async throws {
        try await FakeServer.with(["PUT /v1/x?a=b": .noContent]) { active in
            let there = active.address + "/v1/x?a=b"
            try await FakeServer.with(always: Canned(307, headers: [("location", there)])) {
                standby in
                let outcome = await coffer("write x k=v", server: standby)
                #expect(outcome.code == 0)
                #expect(active.received.first?.json == ["k": "v"])
                #expect(active.received.first?.headers["X-Vault-Token"] == ["hvs.test"])
                #expect(active.received.first?.headers["Host"] == ["127.0.0.1:\(active.port)"])
            }
        }
    }

    @Test("a second redirect is not followed")
    func redirectLoop() async throws {
        try await FakeServer.with(always: Canned(307, headers: [("location", "/v1/x")])) { server in
            let outcome = await coffer("read x", server: server)
            #expect(outcome.code == 2)
            #expect(server.received.count == 2)
        }
    }

    @Test("a redirect never leads from TLS to plain text, where the token could be read")
    func downgrade() async throws {
        let identity = TestIdentity.byAddress
        try await FakeServer.with(["GET /v1/x": Self.data]) { plain in
            let target = plain.address + "/v1/x"
            try await FakeServer.with(
                tls: try identity.serverContext(),
                always: Canned(307, headers: [("location", target)])
            ) { secure in
                let outcome = await coffer(
                    "read -tls-skip-verify -address=https://127.0.0.1:\(secure.port) x")
                #expect(outcome.code == 2)
                #expect(outcome.err.contains("redirect would cause protocol downgrade"))
                #expect(plain.received.isEmpty)
            }
        }
    }

    @Test("a refused connection says where, and what to do")
    func refused() async throws {
        let refusing = try RefusingPort()
        let port = refusing.number
        let outcome = await coffer("read -address=http://127.0.0.1:\(port) x")
        withExtendedLifetime(refusing) {}
        #expect(outcome.code == 2)
        #expect(outcome.err.contains("dial tcp 127.0.0.1:\(port): connect: connection refused"))
        #expect(outcome.err.contains("Is the server running?"))
    }

    @Test("TLS towards a plain server is told as such, with the address to use instead")
    func plainServer() async throws {
        try await FakeServer.with([:]) { server in
            let outcome = await coffer("read -address=https://127.0.0.1:\(server.port) x")
            #expect(outcome.code == 2)
            #expect(outcome.err.contains("http: server gave HTTP response to HTTPS client"))
            #expect(outcome.err.contains("export COFFER_ADDR='\(server.address)'"))
        }
    }

    @Test("plain HTTP towards a TLS server has the hint to use https")
    func tlsServer() async throws {
        let context = try TestIdentity.byAddress.serverContext()
        try await FakeServer.with(tls: context, always: Self.data) { server in
            let outcome = await coffer("read -address=http://127.0.0.1:\(server.port) x")
            #expect(outcome.code == 2)
            #expect(outcome.err.contains("the address has to begin with https://"))
        }
    }

    @Test("an unknown certificate is refused before the token is sent, and trusted with -ca-cert")
    func certificates() async throws {
        let identity = TestIdentity.byAddress
        try await FakeServer.with(tls: try identity.serverContext(), always: Self.data) { server in
            let line = "read -address=https://127.0.0.1:\(server.port)"
            let unknown = await coffer(line + " x")
            #expect(unknown.code == 2)
            #expect(unknown.err.contains("unknown authority"))
            #expect(unknown.err.contains("-ca-cert"))
            #expect(server.received.isEmpty)

            try await withTemporaryFolder { folder in
                let path = folder + "/ca.pem"
                try LocalFile.replace(path, with: Array(identity.certificate.utf8))
                #expect(await coffer("\(line) -ca-cert=\(path) x").code == 0)
                #expect(await coffer("\(line) -ca-path=\(folder) x").code == 0)
                #expect(await coffer("\(line) x", environment: ["VAULT_CACERT": path]).code == 0)
                let missing = await coffer("\(line) -ca-cert=\(folder)/none x")
                #expect(missing.err.contains("none: No such file or directory"))
            }
            #expect(await coffer(line + " x", environment: ["VAULT_SKIP_VERIFY": "1"]).code == 0)
        }
    }

    @Test("a certificate for another name is refused, unless that name is expected")
    func serverName() async throws {
        let identity = TestIdentity.byName
        try await FakeServer.with(tls: try identity.serverContext(), always: Self.data) { server in
            try await withTemporaryFolder { folder in
                let path = folder + "/ca.pem"
                try LocalFile.replace(path, with: Array(identity.certificate.utf8))
                let line = "read -address=https://127.0.0.1:\(server.port) -ca-cert=\(path)"
                let wrong = await coffer(line + " x")
                #expect(wrong.code == 2)
                #expect(wrong.err.contains("not for 127.0.0.1"))
                #expect(server.received.isEmpty)
                #expect(await coffer(line + " -tls-server-name=coffer.test x").code == 0)
            }
        }
    }

    @Test("a server that never answers ends in a timeout")
    func timeout() async throws {
        try await FakeServer.with(always: .silence) { server in
            let outcome = await coffer(
                "read x", server: server, environment: ["VAULT_CLIENT_TIMEOUT": "100ms"])
            #expect(outcome.code == 2)
            #expect(outcome.err.contains("the server did not answer in time"))
        }
    }

    @Test("half an answer is an error and not a secret")
    func hangUp() async throws {
        try await FakeServer.with(always: .hangUp) { server in
            let outcome = await coffer("read x", server: server)
            #expect(outcome.code == 2)
            #expect(outcome.out.isEmpty)
            #expect(outcome.err.contains("closed before the answer was complete"))
        }
    }

    @Test("an answer without end is cut off")
    func tooLarge() async throws {
        let body = String(repeating: "a", count: AnswerCollector.maxBodyBytes + 1)
        try await FakeServer.with(always: Canned(200, body)) { server in
            let outcome = await coffer("read x", server: server)
            #expect(outcome.code == 2)
            #expect(outcome.err.contains("larger than 64 MiB"))
        }
    }

    @Test("an answer that is not JSON is an error, not an empty secret")
    func notJSON() async throws {
        try await FakeServer.with(["GET /v1/x": Canned(200, "<html>")]) { server in
            let outcome = await coffer("read x", server: server)
            #expect(outcome.code == 2)
            #expect(outcome.err.contains("not the API's JSON"))
        }
    }

    @Test("a Unix socket serves as well")
    func unixSocket() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/s"
            try await FakeServer.with(unixSocket: path, always: Self.data) { server in
                let outcome = await coffer("read -address=unix://\(path) -field=a x")
                #expect(outcome.out == "1")
                #expect(server.received.first?.headers["Host"] == ["localhost"])
            }
        }
    }

    @Test("-output-curl-string sends nothing and leaves the token out")
    func curl() async throws {
        try await FakeServer.with([:]) { server in
            let outcome = await coffer(
                ["write", "-output-curl-string", "x", "a=it's"], server: server)
            #expect(outcome.code == 0)
            #expect(server.received.isEmpty)
            #expect(
                outcome.out
                    == #"curl -X PUT -H 'X-Vault-Request: true' "#
                    + #"-H "X-Vault-Token: $(coffer print token)" "#
                    + #"-H 'Content-Type: application/json' -d '{"a":"it'\''s"}' "#
                    + "'\(server.address)/v1/x'\n")
        }
    }
}
