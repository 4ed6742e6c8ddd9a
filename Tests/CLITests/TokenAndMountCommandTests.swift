import JSON
import Testing

@testable import CLI

@Suite("token, policy, secrets and auth")
struct TokenAndMountCommandTests {
    private static let token = Canned(
        200, #"{"auth":{"client_token":"hvs.child","accessor":"a","lease_duration":60}}"#)

    @Test("token create sends what was said and nothing else")
    func create() async throws {
        try await FakeServer.with([
            "POST /v1/auth/token/create": Self.token, "POST /v1/auth/token/create/r": Self.token,
        ]) { server in
            let line = "token create -policy=a -policy=b -ttl=1h -use-limit=3 -metadata=k=v -orphan"
            #expect(await coffer(line + " -field=token", server: server).out == "hvs.child")
            #expect(
                server.received.last?.json == [
                    "type": "service", "ttl": "3600s", "policies": ["a", "b"], "meta": ["k": "v"],
                    "renewable": true, "no_parent": true, "num_uses": 3,
                ])
            _ = await coffer("token create -role=r -type=batch", server: server)
            #expect(server.received.last?.json == ["type": "batch", "renewable": false])
        }
    }

    @Test(
        "token look-up, renewal and end go to the right paths",
        arguments: [
            ("token lookup", "GET /v1/auth/token/lookup-self", nil),
            ("token lookup hvs.t", "POST /v1/auth/token/lookup", #"{"token":"hvs.t"}"#),
            (
                "token lookup -accessor a", "POST /v1/auth/token/lookup-accessor",
                #"{"accessor":"a"}"#
            ),
            ("token renew", "PUT /v1/auth/token/renew-self", "{}"),
            (
                "token renew -increment=1m hvs.t", "PUT /v1/auth/token/renew",
                #"{"token":"hvs.t","increment":60}"#
            ),
            ("token renew -accessor a", "PUT /v1/auth/token/renew-accessor", #"{"accessor":"a"}"#),
            ("token revoke hvs.t", "PUT /v1/auth/token/revoke", #"{"token":"hvs.t"}"#),
            ("token revoke -self", "PUT /v1/auth/token/revoke-self", "{}"),
            (
                "token revoke -accessor a", "PUT /v1/auth/token/revoke-accessor",
                #"{"accessor":"a"}"#
            ),
            (
                "token revoke -mode=orphan hvs.t", "PUT /v1/auth/token/revoke-orphan",
                #"{"token":"hvs.t"}"#
            ),
            (
                "token revoke -mode=path auth/userpass/",
                "PUT /v1/sys/leases/revoke-prefix/auth/userpass",
                "{}"
            ),
        ] as [(String, String, String?)])
    func paths(line: String, request: String, body: String?) async throws {
        try await FakeServer.with([request: Self.token]) { server in
            #expect(await coffer(line, server: server).code == 0)
            #expect(server.lines == [request])
            #expect(server.received.first?.body == Array((body ?? "").utf8))
        }
    }

    @Test(
        "contradictions are refused before anything is sent",
        arguments: [
            "token revoke", "token revoke -self x", "token revoke -self -accessor",
            "token revoke -self -mode=orphan", "token revoke -accessor -mode=path x",
            "token revoke -mode=all x", "token lookup -accessor", "token capabilities",
        ])
    func contradictions(line: String) async throws {
        try await FakeServer.with([:]) { server in
            #expect(await coffer(line, server: server).code == 1)
            #expect(server.received.isEmpty)
        }
    }

    @Test("capabilities are sorted")
    func capabilities() async throws {
        try await FakeServer.with([
            "POST /v1/sys/capabilities-self": .data(#"{"a/b":["update","read"]}"#),
            "POST /v1/sys/capabilities": .data(#"{"a/b":["deny"]}"#),
        ]) { server in
            #expect(await coffer("token capabilities a/b", server: server).out == "read, update\n")
            #expect(await coffer("token capabilities hvs.t a/b", server: server).out == "deny\n")
            #expect(server.received.last?.json == ["paths": ["a/b"], "token": "hvs.t"])
        }
    }

    @Test("a policy is uploaded from a file and from standard input, under its name in lower case")
    func policyWrite() async throws {
        try await withTemporaryFolder { folder in
            try LocalFile.replace(folder + "/p.hcl", with: Array("path \"a\" {}".utf8))
            try await FakeServer.with(["PUT /v1/sys/policies/acl/dev": .noContent]) { server in
                let file = await coffer("policy write dev \(folder)/p.hcl", server: server)
                #expect(file.out == "Success! Uploaded policy: dev\n")
                #expect(server.received.last?.json == ["policy": "path \"a\" {}"])
                let input = await coffer("policy write Dev -", server: server, input: "x")
                #expect(input.err.contains("converted from \"Dev\" to \"dev\""))
                #expect(server.received.last?.json == ["policy": "x"])
                let missing = await coffer("policy write dev \(folder)/none", server: server)
                #expect(missing.code == 2)
                #expect(missing.err.contains("No such file or directory"))
            }
        }
    }

    @Test("policies are read, listed and deleted")
    func policies() async throws {
        try await FakeServer.with([
            "GET /v1/sys/policies/acl/dev": .data(#"{"name":"dev","policy":"\npath \"a\" {}\n"}"#),
            "GET /v1/sys/policies/acl/none": Canned(404, #"{"errors":[]}"#),
            "GET /v1/sys/policies/acl?list=true": .data(#"{"keys":["default","dev","root"]}"#),
            "DELETE /v1/sys/policies/acl/dev": .noContent,
        ]) { server in
            #expect(await coffer("policy read DEV", server: server).out == "path \"a\" {}\n")
            let none = await coffer("policy read none", server: server)
            #expect(none.code == 2)
            #expect(none.err == "No policy named: none\n")
            #expect(await coffer("policy list", server: server).out == "default\ndev\nroot\n")
            #expect(
                await coffer("policy delete dev", server: server).out
                    == "Success! Deleted policy: dev\n")
        }
    }

    @Test("policy fmt rewrites a file that can be read and leaves any other alone")
    func policyFormat() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/p.hcl"
            try LocalFile.replace(
                path, with: Array("path \"a\" {\ncapabilities=[\"read\"]\n}".utf8), mode: 0o640)
            #expect(await coffer("policy fmt \(path)").code == 0)
            let formatted = "path \"a\" {\n  capabilities = [\"read\"]\n}\n"
            #expect(try LocalFile.read(path) == Array(formatted.utf8))
            #expect(LocalFile.mode(of: path) == 0o640)
            let broken = Array("path \"a\" {".utf8)
            try LocalFile.replace(path, with: broken)
            #expect(await coffer("policy fmt \(path)").code == 1)
            #expect(try LocalFile.read(path) == broken)
        }
    }

    @Test("secrets and auth lists show the mounts sorted")
    func lists() async throws {
        let mounts =
            #"{"sys/":{"type":"system","accessor":"s","description":"x"},"#
            + #""kv/":{"type":"kv","accessor":"k","description":"","options":{"version":"2"},"#
            + #""config":{"default_lease_ttl":0,"max_lease_ttl":60,"#
            + #""force_no_cache":false},"uuid":"u"}}"#
        try await FakeServer.with([
            "GET /v1/sys/mounts": .data(mounts), "GET /v1/sys/auth": .data(mounts),
        ]) { server in
            #expect(
                await coffer("secrets list", server: server).out == """
                    Path    Type      Accessor    Description
                    ----    ----      --------    -----------
                    kv/     kv        k           n/a
                    sys/    system    s           x

                    """)
            let detailed = await coffer("secrets list -detailed", server: server).out
            #expect(detailed.contains("map[version:2]"))
            #expect(detailed.split(separator: "\n")[2].contains("system         60"))
            let auth = await coffer("auth list", server: server).out
            #expect(auth.hasPrefix("Path    Type      Accessor    Description    Version\n"))
            let json = await coffer("secrets list -format=json", server: server).out
            let parsed = try JSONValue(parsing: json)
            #expect(parsed["kv/"]?["uuid"] == "u")
        }
    }

    @Test("engines and auth methods are enabled, tuned and disabled")
    func mounts() async throws {
        try await FakeServer.with(always: .noContent) { server in
            let enabled = await coffer(
                "secrets enable -path=/apps/ -version=2 -description=d -max-lease-ttl=24h kv",
                server: server)
            #expect(enabled.out == "Success! Enabled the kv secrets engine at: apps/\n")
            #expect(server.lines.last == "POST /v1/sys/mounts/apps")
            #expect(
                server.received.last?.json == [
                    "type": "kv", "description": "d", "config": ["max_lease_ttl": "86400s"],
                    "options": ["version": "2"],
                ])
            let tuned = await coffer("secrets tune -default-lease-ttl=-1 apps/", server: server)
            #expect(tuned.out == "Success! Tuned the secrets engine at: apps/\n")
            #expect(server.lines.last == "POST /v1/sys/mounts/apps/tune")
            #expect(server.received.last?.json == ["default_lease_ttl": "system"])
            let disabled = await coffer("secrets disable apps", server: server)
            #expect(
                disabled.out == "Success! Disabled the secrets engine (if it existed) at: apps/\n")
            #expect(server.lines.last == "DELETE /v1/sys/mounts/apps")

            let auth = await coffer("auth enable -token-type=batch userpass", server: server)
            #expect(auth.out == "Success! Enabled userpass auth method at: userpass/\n")
            #expect(server.received.last?.json?["config"] == ["token_type": "batch"])
            _ = await coffer("auth tune -description= userpass/", server: server)
            #expect(server.lines.last == "POST /v1/sys/mounts/auth/userpass/tune")
            #expect(server.received.last?.json == ["description": ""])
            _ = await coffer("auth disable userpass/", server: server)
            #expect(server.lines.last == "DELETE /v1/sys/auth/userpass")
            _ = await coffer("kv enable-versioning kv/", server: server)
            #expect(server.received.last?.json == ["options": ["version": "2"]])
        }
    }
}
