import JSON
import NIOHTTP1
import Testing

@testable import CLI

@Suite("read, write, list, delete, patch, unwrap")
struct GeneralCommandTests {
    @Test("read prints a table, and -field the bare value")
    func read() async throws {
        try await FakeServer.with([
            "GET /v1/x?version=2": .data(#"{"ttl":3600,"n":1.10,"pass":"p w"}"#)
        ]) { server in
            let table = await coffer("read /x/ version=2", server: server)
            #expect(
                table.out == "Key     Value\n---     -----\nn       1.10\npass    p w\nttl     1h\n"
            )
            #expect(await coffer("read -field=pass x version=2", server: server).out == "p w")
            let tty = await coffer("read -field=pass x version=2", server: server, isTerminal: true)
            #expect(tty.out == "p w\n")
            let missing = await coffer("read -field=nope x version=2", server: server)
            #expect(missing.code == 1)
            #expect(missing.err.contains("Field \"nope\" not present in secret"))
        }
    }

    @Test("read of nothing is exit code 2, and a 404 with a reason shows the reason")
    func readNothing() async throws {
        try await FakeServer.with(["GET /v1/x": Canned(404, #"{"errors":[]}"#)]) { server in
            let outcome = await coffer("read x", server: server)
            #expect(outcome.code == 2)
            #expect(outcome.err == "No value found at x\n")
        }
    }

    @Test("warnings go to standard error, so that output can be piped")
    func warnings() async throws {
        let body = #"{"data":{"a":"1"},"warnings":["mind the gap"]}"#
        try await FakeServer.with(["GET /v1/x": Canned(200, body)]) { server in
            let outcome = await coffer("read x", server: server)
            #expect(outcome.err.contains("* mind the gap"))
            #expect(!outcome.out.contains("mind"))
            let json = await coffer("read -format=json x", server: server)
            let parsed = try JSONValue(parsing: json.out)
            #expect(parsed["warnings"] == ["mind the gap"])
        }
    }

    @Test("-format=raw is the bytes as they came, and for read only")
    func raw() async throws {
        try await FakeServer.with([
            "GET /v1/x": Canned(200, "{\"data\" : {\"a\":1}}"), "PUT /v1/x": .data(#"{"a":1}"#),
        ]) { server in
            #expect(
                await coffer("read -format=raw x", server: server).out == "{\"data\" : {\"a\":1}}")
            #expect(await coffer("write -format=raw x a=1", server: server).code == 1)
        }
    }

    @Test("write sends strings, files, standard input and JSON")
    func write() async throws {
        try await FakeServer.with(["PUT /v1/x": .noContent]) { server in
            let plain = await coffer("write x a=1 b=-", server: server, input: "two")
            #expect(plain.out == "Success! Data written to: x\n")
            #expect(server.received.last?.json == ["a": "1", "b": "two"])
            _ = await coffer("write x -", server: server, input: #"{"n":1.50}"#)
            #expect(server.received.last?.body == Array(#"{"n":1.50}"#.utf8))
            let quiet = await coffer("write -format=json x a=1", server: server)
            #expect(quiet.out.isEmpty)
        }
    }

    @Test("write without data needs -force, also behind the path")
    func force() async throws {
        try await FakeServer.with(["PUT /v1/x": .noContent]) { server in
            let refused = await coffer("write x", server: server)
            #expect(refused.code == 1)
            #expect(refused.err.hasPrefix("Must supply data or use -force"))
            #expect(await coffer("write x -f", server: server).code == 0)
            #expect(server.received.last?.body == Array("{}".utf8))
        }
    }

    @Test("-non-interactive keeps standard input unread")
    func nonInteractive() async {
        let outcome = await coffer("write -non-interactive x a=-", input: "secret")
        #expect(outcome.code == 1)
    }

    @Test("list sorts the names, and is exit code 2 with valid JSON if there are none")
    func list() async throws {
        try await FakeServer.with([
            "GET /v1/x?list=true": .data(#"{"keys":["b/","a"]}"#),
            "GET /v1/none?list=true": Canned(404, #"{"errors":[]}"#),
        ]) { server in
            #expect(await coffer("list x", server: server).out == "Keys\n----\na\nb/\n")
            #expect(
                await coffer("list -format=json x", server: server).out
                    == "[\n  \"b/\",\n  \"a\"\n]\n")
            let none = await coffer("list none", server: server)
            #expect(none.code == 2)
            #expect(none.err == "No value found at none\n")
            let json = await coffer("list -format=json none", server: server)
            #expect(json.code == 2)
            #expect(json.out == "{}\n")
        }
    }

    @Test("delete says that it is done, and patch sends a merge patch")
    func deleteAndPatch() async throws {
        try await FakeServer.with(["DELETE /v1/x": .noContent, "PATCH /v1/x": .noContent]) {
            server in
            #expect(
                await coffer("delete x", server: server).out
                    == "Success! Data deleted (if it existed) at: x\n")
            #expect(await coffer("patch x a=1", server: server).code == 0)
            #expect(
                server.received.last?.headers["Content-Type"] == ["application/merge-patch+json"])
        }
    }

    @Test("unwrap uses the wrapping token as the token if there is no other")
    func unwrap() async throws {
        try await FakeServer.with(["PUT /v1/sys/wrapping/unwrap": .data(#"{"a":"1"}"#)]) { server in
            let own = await coffer("unwrap -field=a hvs.wrap", server: server)
            #expect(own.out == "1")
            #expect(server.received.last?.headers["X-Vault-Token"] == ["hvs.test"])
            #expect(server.received.last?.json == ["token": "hvs.wrap"])
            _ = await coffer(
                "unwrap -", server: server, environment: ["VAULT_TOKEN": ""], input: "hvs.w\n")
            #expect(server.received.last?.headers["X-Vault-Token"] == ["hvs.w"])
            #expect(server.received.last?.json == [:])
        }
    }

    @Test("a wrapped answer shows the wrapping token and not the data")
    func wrapped() async throws {
        let body =
            #"{"data":null,"wrap_info":{"token":"hvs.wrap","accessor":"acc","ttl":300,"#
            + #""creation_time":"2026-01-01T00:00:00Z","creation_path":"x","wrapped_accessor":""}}"#
        try await FakeServer.with(["GET /v1/x": Canned(200, body)]) { server in
            let outcome = await coffer("read -wrap-ttl=5m x", server: server)
            #expect(outcome.out.contains("wrapping_token:                  hvs.wrap"))
            #expect(outcome.out.contains("wrapping_token_ttl:              5m"))
            #expect(!outcome.out.contains("wrapped_accessor"))
            let field = await coffer("read -wrap-ttl=5m -field=wrapping_token x", server: server)
            #expect(field.out == "hvs.wrap")
        }
    }
}
