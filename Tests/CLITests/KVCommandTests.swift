import JSON
import NIOHTTP1
import Testing

@testable import CLI

@Suite("kv")
struct KVCommandTests {
    private static let version2 = Canned.data(
        #"{"path":"secret/","type":"kv","options":{"version":"2"}}"#)
    private static let version1 = Canned.data(#"{"path":"kv/","type":"kv","options":null}"#)
    private static let written = Canned.data(
        #"{"created_time":"2026-01-02T03:04:05Z","custom_metadata":null,"#
            + #""deletion_time":"","destroyed":false,"version":2}"#
    )
    private static func stored(_ data: String, version: Int = 1, extra: String = "") -> Canned {
        .data(
            #"{"data":\#(data),"metadata":{"created_time":"t","custom_metadata":null,"#
                + #""deletion_time":"","destroyed":false,"version":\#(version)\#(extra)}}"#)
    }

    @Test("get of a version 2 secret prints path, metadata and data")
    func get() async throws {
        try await FakeServer.with([
            "GET /v1/sys/internal/ui/mounts/secret/creds": Self.version2,
            "GET /v1/secret/data/creds": Self.stored(#"{"password":"p","port":5432}"#),
        ]) { server in
            let outcome = await coffer("kv get secret/creds", server: server)
            #expect(outcome.code == 0)
            #expect(
                outcome.out == """
                    == Secret Path ==
                    secret/data/creds

                    ======= Metadata =======
                    Key                Value
                    ---                -----
                    created_time       t
                    custom_metadata    <nil>
                    deletion_time      n/a
                    destroyed          false
                    version            1

                    ====== Data ======
                    Key         Value
                    ---         -----
                    password    p
                    port        5432

                    """)
        }
    }

    @Test("-mount makes the argument the path inside it, and -version reads an older one")
    func getWithMount() async throws {
        try await FakeServer.with([
            "GET /v1/sys/internal/ui/mounts/secret": Self.version2,
            "GET /v1/secret/data/secret/creds?version=3": Self.stored(#"{"a":"1"}"#),
        ]) { server in
            let outcome = await coffer(
                "kv get -mount secret -version=3 -field=a secret/creds", server: server)
            #expect(outcome.out == "1")
        }
    }

    @Test("version 1 is read where it is, and shows data only")
    func getVersion1() async throws {
        try await FakeServer.with([
            "GET /v1/sys/internal/ui/mounts/kv/a/b": Self.version1,
            "GET /v1/kv/a/b": .data(#"{"x":"1"}"#),
        ]) { server in
            let outcome = await coffer("kv get kv/a/b", server: server)
            #expect(outcome.out == "== Data ==\nKey    Value\n---    -----\nx      1\n")
        }
    }

    @Test("of a deleted version the metadata is shown, and a field of it is an error")
    func getDeleted() async throws {
        let body =
            #"{"data":{"data":null,"metadata":{"version":1,"#
            + #""deletion_time":"2026-01-01T00:00:00Z"}},"errors":[]}"#
        try await FakeServer.with([
            "GET /v1/sys/internal/ui/mounts/secret/x": Self.version2,
            "GET /v1/secret/data/x": Canned(404, body),
        ]) { server in
            let outcome = await coffer("kv get secret/x", server: server)
            #expect(outcome.code == 0)
            #expect(outcome.out.contains("deletion_time    2026-01-01T00:00:00Z"))
            #expect(!outcome.out.contains("Data ="))
            let field = await coffer("kv get -field=a secret/x", server: server)
            #expect(field.code == 2)
            #expect(field.out.isEmpty)
        }
    }

    @Test("get of nothing is exit code 2")
    func getNothing() async throws {
        try await FakeServer.with([
            "GET /v1/sys/internal/ui/mounts/secret/x": Self.version2,
            "GET /v1/secret/data/x": Canned(404, #"{"errors":[]}"#),
        ]) { server in
            let outcome = await coffer("kv get secret/x", server: server)
            #expect(outcome.code == 2)
            #expect(outcome.err == "No value found at secret/data/x\n")
        }
    }

    @Test("a refused look-up of the mount is the error, and the secret is not asked for")
    func preflightDenied() async throws {
        try await FakeServer.with(always: .errors(403, "preflight capability check returned 403")) {
            server in
            let outcome = await coffer("kv get secret/x", server: server)
            #expect(outcome.code == 2)
            #expect(outcome.err.contains("* preflight capability check returned 403"))
            #expect(server.received.count == 1)
        }
    }

    @Test("put wraps the data, with check-and-set only when asked for")
    func put() async throws {
        try await FakeServer.with([
            "GET /v1/sys/internal/ui/mounts/secret/x": Self.version2,
            "PUT /v1/secret/data/x": Self.written,
        ]) { server in
            let outcome = await coffer("kv put -wrap-ttl=0 secret/x a=1", server: server)
            #expect(outcome.code == 0)
            #expect(outcome.out.hasPrefix("== Secret Path ==\nsecret/data/x\n\n======= Metadata"))
            #expect(server.received.last?.json == ["data": ["a": "1"], "options": [:]])
            _ = await coffer("kv put secret/x a=1 -cas=0", server: server)
            #expect(server.received.last?.json == ["data": ["a": "1"], "options": ["cas": 0]])
        }
    }

    @Test("put to version 1 sends the data as it is")
    func putVersion1() async throws {
        try await FakeServer.with([
            "GET /v1/sys/internal/ui/mounts/kv": Self.version1, "PUT /v1/kv/x": .noContent,
        ]) { server in
            let outcome = await coffer("kv put -mount=kv x a=1", server: server)
            #expect(outcome.out == "Success! Data written to: kv/x\n")
            #expect(server.received.last?.json == ["a": "1"])
        }
    }

    @Test("put without data asks nobody")
    func putNothing() async throws {
        try await FakeServer.with([:]) { server in
            let outcome = await coffer("kv put secret/x", server: server)
            #expect(outcome.code == 1)
            #expect(outcome.err.hasPrefix("Must supply data"))
            #expect(server.received.isEmpty)
        }
    }

    @Test("a wrapped answer is asked for with the write and not with the look-up before it")
    func wrapOnlyTheWrite() async throws {
        try await FakeServer.with([
            "GET /v1/sys/internal/ui/mounts/secret/x": Self.version2,
            "GET /v1/secret/data/x": Self.stored(#"{"a":"1"}"#),
        ]) { server in
            _ = await coffer("kv get -wrap-ttl=60s secret/x", server: server)
            #expect(server.received[0].headers["X-Vault-Wrap-TTL"].isEmpty)
            #expect(server.received[1].headers["X-Vault-Wrap-TTL"] == ["60s"])
        }
    }

    @Test("patch sends a merge patch, with nulls for what is removed")
    func patch() async throws {
        try await FakeServer.with([
            "GET /v1/sys/internal/ui/mounts/secret/x": Self.version2,
            "PATCH /v1/secret/data/x": Self.written,
        ]) { server in
            let outcome = await coffer("kv patch -remove-data=old secret/x a=1", server: server)
            #expect(outcome.code == 0)
            #expect(
                server.received.last?.json == ["data": ["a": "1", "old": nil], "options": [:]])
        }
    }

    @Test("where PATCH is not allowed, the secret is read and written with check-and-set")
    func patchFallback() async throws {
        try await FakeServer.with([
            "GET /v1/sys/internal/ui/mounts/secret/x": Self.version2,
            "PATCH /v1/secret/data/x": .errors(403, "permission denied"),
            "GET /v1/secret/data/x": Self.stored(#"{"a":"0","b":"2","old":"3"}"#, version: 7),
            "PUT /v1/secret/data/x": Self.written,
        ]) { server in
            let outcome = await coffer("kv patch -remove-data=old secret/x a=1", server: server)
            #expect(outcome.code == 0)
            #expect(
                server.received.last?.json == [
                    "options": ["cas": 7], "data": ["a": "1", "b": "2"],
                ])
            #expect(outcome.err.contains("we recommend that you add"))
            let strict = await coffer("kv patch -method=patch secret/x a=1", server: server)
            #expect(strict.code == 2)
            #expect(server.lines.last == "PATCH /v1/secret/data/x")
        }
    }

    @Test("rollback writes the old data over the version that was read")
    func rollback() async throws {
        try await FakeServer.with([
            "GET /v1/sys/internal/ui/mounts/secret/x": Self.version2,
            "GET /v1/secret/data/x": Self.stored(#"{"a":"new"}"#, version: 5),
            "GET /v1/secret/data/x?version=2": Self.stored(#"{"a":"old"}"#, version: 2),
            "PUT /v1/secret/data/x": Self.written,
        ]) { server in
            #expect(await coffer("kv rollback -version=2 secret/x", server: server).code == 0)
            #expect(server.received.last?.json == ["options": ["cas": 5], "data": ["a": "old"]])
            #expect(await coffer("kv rollback secret/x", server: server).code == 1)
            #expect(await coffer("kv rollback -version=0 secret/x", server: server).code == 1)
        }
    }

    @Test("a destroyed version cannot be rolled back to")
    func rollbackDestroyed() async throws {
        try await FakeServer.with([
            "GET /v1/sys/internal/ui/mounts/secret/x": Self.version2,
            "GET /v1/secret/data/x": Self.stored(#"{"a":"new"}"#, version: 5),
            "GET /v1/secret/data/x?version=2": Canned(
                404,
                #"{"data":{"data":null,"metadata":{"version":2,"destroyed":true}},"errors":[]}"#),
        ]) { server in
            let outcome = await coffer("kv rollback -version=2 secret/x", server: server)
            #expect(outcome.code == 2)
            #expect(outcome.err.contains("has been destroyed"))
            #expect(!server.lines.contains { $0.hasPrefix("PUT") })
        }
    }

    @Test(
        "delete, undelete and destroy go to their own paths",
        arguments: [
            ("kv delete secret/x", "DELETE /v1/secret/data/x", nil),
            ("kv delete -versions=1,2 secret/x", "PUT /v1/secret/delete/x", [1, 2] as [Int]?),
            ("kv undelete -versions=3 secret/x", "PUT /v1/secret/undelete/x", [3]),
            ("kv destroy -versions=1 -versions=4 secret/x", "PUT /v1/secret/destroy/x", [1, 4]),
            ("kv metadata delete secret/x", "DELETE /v1/secret/metadata/x", nil),
        ])
    func versions(line: String, request: String, versions: [Int]?) async throws {
        try await FakeServer.with([
            "GET /v1/sys/internal/ui/mounts/secret/x": Self.version2, request: .noContent,
        ]) { server in
            let outcome = await coffer(line, server: server)
            #expect(outcome.code == 0)
            #expect(outcome.out.hasPrefix("Success! "))
            #expect(server.lines.last == request)
            let sent = server.received.last?.json?["versions"]
            #expect(sent?.arrayValue?.compactMap(\.intValue) == versions)
        }
    }

    @Test("versions that are no numbers are refused, and so is naming none")
    func badVersions() async {
        #expect(await coffer("kv destroy secret/x").code == 1)
        #expect(await coffer("kv destroy -versions=1,x secret/x").code == 1)
        #expect(await coffer("kv destroy -versions=-1 secret/x").code == 1)
    }

    @Test("list goes to the metadata, and with -mount needs no path")
    func list() async throws {
        try await FakeServer.with([
            "GET /v1/sys/internal/ui/mounts/secret": Self.version2,
            "GET /v1/secret/metadata?list=true": .data(#"{"keys":["a","b/"]}"#),
        ]) { server in
            #expect(
                await coffer("kv list -mount=secret", server: server).out == "Keys\n----\na\nb/\n")
            #expect(await coffer("kv list secret/", server: server).code == 0)
            #expect(await coffer("kv list", server: server).code == 1)
        }
    }

    @Test("metadata get prints the versions in the order of their numbers")
    func metadataGet() async throws {
        let versions = (1...10).reversed().map { #""\#($0)":{"created_time":"t\#($0)"}"# }
        try await FakeServer.with([
            "GET /v1/sys/internal/ui/mounts/secret/x": Self.version2,
            "GET /v1/secret/metadata/x": .data(
                #"{"max_versions":0,"versions":{\#(versions.joined(separator: ","))}}"#),
        ]) { server in
            let outcome = await coffer("kv metadata get secret/x", server: server)
            #expect(
                outcome.out.hasPrefix(
                    "= Metadata Path =\nsecret/metadata/x\n\n====== Metadata ======\n"))
            let titles = outcome.out.split(separator: "\n").filter { $0.contains("= Version ") }
            #expect(titles.count == 10)
            #expect(titles.first?.contains(" 1 ") == true)
            #expect(titles.last?.contains(" 10 ") == true)
        }
    }

    @Test("metadata put and patch send only what was said")
    func metadataPut() async throws {
        try await FakeServer.with([
            "GET /v1/sys/internal/ui/mounts/secret/x": Self.version2,
            "PUT /v1/secret/metadata/x": .noContent, "PATCH /v1/secret/metadata/x": .noContent,
        ]) { server in
            _ = await coffer(
                "kv metadata put -max-versions=5 -cas-required=false -delete-version-after=1h "
                    + "secret/x",
                server: server)
            #expect(
                server.received.last?.json == [
                    "max_versions": 5, "delete_version_after": "3600s", "cas_required": false,
                ])
            _ = await coffer(
                "kv metadata patch -custom-metadata=a=1 -remove-custom-metadata=b secret/x",
                server: server)
            #expect(server.received.last?.json == ["custom_metadata": ["a": "1", "b": nil]])
        }
    }

    @Test("what version 1 cannot do is refused before anything is changed")
    func version1Refusals() async throws {
        try await FakeServer.with(["GET /v1/sys/internal/ui/mounts/kv/x": Self.version1]) {
            server in
            for line in [
                "kv undelete -versions=1 kv/x", "kv destroy -versions=1 kv/x",
                "kv metadata get kv/x",
                "kv metadata put kv/x", "kv metadata delete kv/x", "kv patch kv/x a=1",
                "kv rollback -version=1 kv/x",
            ] {
                let outcome = await coffer(line, server: server)
                #expect(outcome.code != 0, "\(line)")
            }
            #expect(Set(server.lines) == ["GET /v1/sys/internal/ui/mounts/kv/x"])
        }
    }
}
