import JSON
import Testing

@testable import CLI

@Suite("lease, audit, path-help and move")
struct LeaseAndAuditCommandTests {
    @Test(
        "lease commands send what was said and say what the server does",
        arguments: [
            (
                "lease revoke db/creds/a/1", "PUT /v1/sys/leases/revoke",
                #"{"lease_id":"db/creds/a/1","sync":false}"#,
                "All revocation operations queued successfully!"
            ),
            (
                "lease revoke -sync db/creds/a/1", "PUT /v1/sys/leases/revoke",
                #"{"lease_id":"db/creds/a/1","sync":true}"#,
                "Success! Revoked lease: db/creds/a/1"
            ),
            (
                "lease revoke -prefix db/creds/", "PUT /v1/sys/leases/revoke-prefix/db/creds",
                #"{"sync":false}"#, "All revocation operations queued successfully!"
            ),
            (
                "lease revoke -prefix -sync db", "PUT /v1/sys/leases/revoke-prefix/db",
                #"{"sync":true}"#, "Success! Revoked any leases with prefix: db"
            ),
            (
                "lease revoke -f -prefix db", "PUT /v1/sys/leases/revoke-force/db", "{}",
                "Success! Force revoked any leases with prefix: db"
            ),
        ])
    func revoke(line: String, request: String, body: String, says: String) async throws {
        try await FakeServer.with([request: Canned(204, "")]) { server in
            let outcome = await coffer(line, server: server)
            #expect(outcome.code == 0)
            #expect(outcome.out == says + "\n")
            #expect(outcome.err.contains("Warning!") == line.contains("-f "))
            let wanted = try JSONValue(parsing: body)
            #expect(server.received.last?.json == wanted)
        }
    }

    @Test("forgetting leases is asked for by prefix only") func forceNeedsPrefix() async {
        let outcome = await coffer("lease revoke -force db/creds/a/1")
        #expect(outcome.code == 1)
        #expect(outcome.err.contains("requires also specifying -prefix"))
    }

    @Test("a lease is looked up and renewed") func lookupAndRenew() async throws {
        try await FakeServer.with([
            "PUT /v1/sys/leases/lookup": .data(#"{"id":"db/1","renewable":true,"ttl":60}"#),
            "PUT /v1/sys/leases/renew": Canned(
                200, #"{"lease_id":"db/1","lease_duration":1800,"renewable":true}"#),
        ]) { server in
            #expect(await coffer("lease lookup -field=id db/1", server: server).out == "db/1")
            let outcome = await coffer("lease renew -increment=30m db/1", server: server)
            #expect(outcome.out.contains("lease_duration     30m"))
            #expect(server.received.last?.json == ["lease_id": "db/1", "increment": 1800])
        }
    }

    static let devices = Canned.data(
        #"{"file/":{"type":"file","description":"","local":true,"options":{"file_path":"/a"}}}"#)

    @Test("audit devices are listed, with details on demand") func auditList() async throws {
        try await FakeServer.with(["GET /v1/sys/audit": Self.devices]) { server in
            let short = await coffer("audit list", server: server).out
            #expect(short.contains("file/    file    n/a"))
            let long = await coffer("audit list -detailed", server: server).out
            #expect(long.contains("local") && long.contains("file_path=/a"))
            let json = await coffer("audit list -format=json", server: server).out
            let value = try JSONValue(parsing: json)
            #expect(value["file/"]?["type"] == "file")
        }
        try await FakeServer.with(["GET /v1/sys/audit": .data("{}")]) { server in
            let none = await coffer("audit list", server: server)
            #expect(none.code == 2)
            #expect(none.err.contains("No audit devices are enabled."))
        }
    }

    @Test("an audit device is enabled with its options, and disabled") func auditEnable()
        async throws
    {
        try await FakeServer.with([
            "PUT /v1/sys/audit/file": Canned(204, ""), "PUT /v1/sys/audit/a/b": Canned(204, ""),
            "DELETE /v1/sys/audit/file": Canned(204, ""),
        ]) { server in
            let plain = await coffer("audit enable file file_path=/x", server: server)
            #expect(plain.out == "Success! Enabled the file audit device at: file/\n")
            #expect(
                server.received.last?.json == [
                    "type": "file", "description": "", "options": ["file_path": "/x"],
                    "local": false,
                ])
            let other = await coffer(
                "audit enable -path=a/b/ -description=d -local socket", server: server)
            #expect(other.out == "Success! Enabled the socket audit device at: a/b/\n")
            #expect(server.received.last?.json?["local"] == true)
            let gone = await coffer("audit disable file/", server: server)
            #expect(
                gone.out == "Success! Disabled audit device (if it was enabled) at: file/\n")
        }
        let missing = await coffer("audit enable")
        #expect(missing.code == 1)
        #expect(missing.err.contains("audit type missing"))
    }

    @Test("help is printed as the server wrote it, without its control characters")
    func pathHelp() async throws {
        let help = Canned(200, #"{"help":"Line one\n\nLine \u001b[2Jtwo","see_also":[]}"#)
        try await FakeServer.with(["GET /v1/secret/data/a?help=1": help]) { server in
            let outcome = await coffer("path-help secret/data/a", server: server)
            #expect(outcome.code == 0)
            #expect(outcome.out.hasPrefix("Line one\n\nLine "))
            #expect(!outcome.out.utf8.contains(0x1B))
            let json = await coffer("path-help -format=json secret/data/a", server: server).out
            let value = try JSONValue(parsing: json)
            #expect(value["see_also"] == [])
        }
    }

    @Test("a mount is moved, and the end of it waited for") func move() async throws {
        try await FakeServer.with([
            "POST /v1/sys/remount": .data(#"{"migration_id":"m1"}"#),
            "GET /v1/sys/remount/status/m1": .data(#"{"migration_info":{"status":"success"}}"#),
        ]) { server in
            let outcome = await coffer("auth move ldap/ people/", server: server)
            #expect(outcome.code == 0)
            #expect(outcome.out.contains("Finished moving auth method ldap/ to people/"))
            #expect(server.received.first?.json == ["from": "auth/ldap", "to": "auth/people"])
        }
        try await FakeServer.with([
            "POST /v1/sys/remount": .data(#"{"migration_id":"m1"}"#),
            "GET /v1/sys/remount/status/m1": .data(#"{"migration_info":{"status":"failure"}}"#),
        ]) { server in
            let outcome = await coffer("secrets move a b", server: server)
            #expect(outcome.code == 2)
            #expect(outcome.err.contains("Failure!"))
        }
    }

    @Test("an auth method's lock-out is tuned as one setting") func lockout() async throws {
        try await FakeServer.with(["POST /v1/sys/mounts/auth/userpass/tune": Canned(204, "")]) {
            server in
            let line = "auth tune -user-lockout-threshold=3 -user-lockout-duration=5m userpass"
            #expect(await coffer(line, server: server).code == 0)
            #expect(
                server.received.last?.json == [
                    "user_lockout_config": ["lockout_threshold": "3", "lockout_duration": "300s"]
                ])
        }
    }

    @Test("what a token may do is asked by its accessor too") func capabilities() async throws {
        try await FakeServer.with([
            "POST /v1/sys/capabilities-accessor": .data(#"{"a/b":["read","list"]}"#)
        ]) { server in
            let outcome = await coffer("token capabilities -accessor x a/b", server: server)
            #expect(outcome.out == "list, read\n")
            #expect(server.received.last?.json == ["paths": ["a/b"], "accessor": "x"])
        }
        #expect(await coffer("token capabilities -accessor a/b").code == 1)
    }
}
