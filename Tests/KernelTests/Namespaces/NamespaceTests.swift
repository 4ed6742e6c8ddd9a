// Namespaces as their owners see them: made, named, listed, described.

import JSON
import KernelTesting
import Paths
import Testing

@Suite("namespaces") struct NamespaceTests {
    @Test("a namespace is made with an id of its own and shown with it") func making() async throws
    {
        let server = try await TestCore()
        let made = await server.call(
            .update, "sys/namespaces/team", ["custom_metadata": ["owner": "ann"]])
        #expect(made.status == 200)
        let id = try #require(made.data?["id"]?.stringValue)
        #expect(id.utf8.count == 6)
        #expect(made.data?["path"] == "team/")
        let read = await server.call(.read, "sys/namespaces/team/")
        #expect(read.data == made.data)
        #expect(read.data?["custom_metadata"]?["owner"] == "ann")
    }

    @Test("a namespace with a seal of its own is refused, and not made without one")
    func seal() async throws {
        let server = try await TestCore()
        let answer = await server.call(
            .update, "sys/namespaces/team", ["seal": "seal \"shamir\" { shares = 5 }"])
        #expect(answer.status == 400)
        #expect(await server.call(.read, "sys/namespaces/team").status == 404)
    }

    @Test("namespaces are listed level by level") func listing() async throws {
        let tenants = try await Tenants()
        let top = try await tenants.expect(200, .list, "sys/namespaces/")
        #expect(top.data?["keys"] == ["a/", "b/"])
        #expect(top.data?["key_info"]?["a/"]?["path"] == "a/")
        let below = try await tenants.expect(200, .list, "sys/namespaces", in: "a")
        #expect(below.data?["keys"] == ["sub/"])
        #expect(below.data?["key_info"]?["sub/"]?["path"] == "a/sub/")
        try await tenants.expect(404, .list, "sys/namespaces", in: "b")
        let all = try await tenants.expect(200, .read, "sys/internal/ui/namespaces")
        #expect(all.data?["keys"] == ["a/", "a/sub/", "b/"])
    }

    @Test("making a namespace twice changes nothing but what is said about it")
    func twice() async throws {
        let server = try await TestCore()
        let first = await server.call(.update, "sys/namespaces/team")
        let again = await server.call(
            .update, "sys/namespaces/team", ["custom_metadata": ["a": "b"]])
        #expect(again.data?["id"] == first.data?["id"])
        #expect(again.data?["custom_metadata"] == ["a": "b"])
        let untouched = await server.call(.update, "sys/namespaces/team")
        #expect(untouched.data?["custom_metadata"] == ["a": "b"])
    }

    @Test("a patch merges metadata, and null removes an entry") func patching() async throws {
        let server = try await TestCore()
        _ = await server.call(
            .update, "sys/namespaces/team", ["custom_metadata": ["a": "1", "b": "2"]])
        let patched = await server.call(
            .patch, "sys/namespaces/team", ["custom_metadata": ["b": .null, "c": "3"]])
        #expect(patched.data?["custom_metadata"] == ["a": "1", "c": "3"])
        #expect(
            await server.call(.patch, "sys/namespaces/gone", ["custom_metadata": [:]]).status == 404
        )
    }

    @Test(
        "names that are something else, or would be read as something else, are refused",
        arguments: [
            "root", "Root", "ROOT", "sys", "seal", "a/unseal", "audit", "auth", "cubbyhole",
            "identity", "api-lock",
            ".", "..", "a b", " root", "root ", "a*", "+", "a//b", "täm", "a\u{0}", "a%2fb",
        ])
    func refused(name: String) async throws {
        let server = try await TestCore()
        let answer = await server.call(.update, "sys/namespaces/\(name)")
        #expect(answer.status == 400 || answer.status == 404)
        #expect(await server.call(.list, "sys/namespaces").status == 404)
    }

    @Test("a namespace and a mount do not take each other's place") func conflicts() async throws {
        let server = try await TestCore()
        _ = await server.call(.update, "sys/mounts/team/kv", ["type": "store"])
        #expect(await server.call(.update, "sys/namespaces/team").status == 400)
        _ = await server.call(.update, "sys/namespaces/other")
        for path in ["other", "other/kv"] {
            #expect(
                await server.call(.update, "sys/mounts/\(path)", ["type": "store"]).status == 400)
        }
        let moved = await server.call(
            .update, "sys/remount", ["from": "team/kv", "to": "other/kv"])
        #expect(moved.status == 400)
    }

    @Test("a namespace without its parent is refused") func orphan() async throws {
        let server = try await TestCore()
        #expect(await server.call(.update, "sys/namespaces/a/b").status == 400)
        _ = await server.call(.update, "sys/namespaces/a")
        #expect(await server.call(.update, "sys/namespaces/a/b").status == 200)
    }

    @Test("metadata are texts, and not too many or too long") func metadata() async throws {
        let server = try await TestCore()
        let long = String(repeating: "x", count: 513)
        let wrong: [JSONValue] = [
            ["custom_metadata": ["a": 1]], ["custom_metadata": ["a": .string(long)]],
            ["custom_metadata": ["": "a"]], ["custom_metadata": "a"],
            [
                "custom_metadata": .object(
                    JSONObject((0...64).map { ("k\($0)", .string("v")) }))
            ],
        ]
        for body in wrong {
            #expect(await server.call(.update, "sys/namespaces/team", body).status == 400)
        }
    }

    @Test("namespaces and what is in them are there after a restart") func restart() async throws {
        let tenants = try await Tenants()
        try await tenants.expect(204, .update, "kv/x", ["v": "1"], in: "a/sub")
        let token = try await tenants.token(in: "a/sub", policy: everything("*"))
        let next = try await tenants.server.restarted([.echo, .store])
        let read = await next.call(.read, "kv/x", token: token, namespace: "a/sub")
        #expect(read.data?["v"] == "1")
        #expect(await next.call(.read, "kv/x", namespace: "a").status == 404)
    }
}
