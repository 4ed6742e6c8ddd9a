import Cryptography
import JSON
import Kernel
import KernelTesting
import Paths
import Testing

@Suite struct RawStorageTests {
    private func server(raw: Bool = true, inspect: Bool = false) async throws -> TestCore {
        var settings = CoreSettings()
        settings.isRawStorageEnabled = raw
        settings.isIntrospectionEnabled = inspect
        return try await TestCore(settings: settings)
    }

    @Test("it is not there unless the configuration says so") func disabled() async throws {
        let server = try await server(raw: false)
        for operation in [Paths.Operation.read, .list, .update, .delete] {
            let response = await server.call(operation, "sys/raw/core/x", ["value": "a"])
            #expect(response.status == 404)
        }
        let inspect = await server.call(.read, "sys/internal/inspect/router/root")
        #expect(inspect.status == 400)
        #expect(inspect.errors.joined().contains("introspection_endpoint"))
    }

    @Test("entries are written, read, listed and deleted as they are") func entries() async throws {
        let server = try await server()
        let written = await server.call(.update, "sys/raw/extra/a", ["value": "{\"x\": 1}"])
        #expect(written.status == 204)
        #expect(await server.call(.read, "sys/raw/extra/a").data == ["value": "{\"x\": 1}"])
        let encoded = await server.call(.read, "sys/raw/extra/a", ["encoding": "base64"])
        #expect(
            encoded.data?["value"]?.stringValue
                == Base64.encode(Array("{\"x\": 1}".utf8)))
        _ = await server.call(
            .update, "sys/raw/extra/b", ["value": "/w==", "encoding": "base64"])
        #expect(await server.call(.read, "sys/raw/extra/b").status == 400)
        #expect(await server.call(.list, "sys/raw/extra/").data == ["keys": ["a", "b"]])
        let top = await server.call(.list, "sys/raw/")
        #expect(top.data?["keys"]?.arrayValue?.contains("core/") == true)
        #expect(await server.call(.delete, "sys/raw/extra/b").status == 204)
        #expect(await server.call(.read, "sys/raw/extra/b").status == 404)
        #expect(await server.call(.list, "sys/raw/nothing/").status == 404)
    }

    @Test(
        "the barrier's own records cannot be named, however they are spelled",
        arguments: [
            "core/keyring", "core/shamir-root", "core/seal-config", "core/keyring-usage",
            "core//keyring", "core/./keyring", "core/x/../keyring", "core/keyring/",
        ])
    func reserved(path: String) async throws {
        let server = try await server()
        for operation in [Paths.Operation.read, .update, .delete] {
            let response = await server.call(operation, "sys/raw/" + path, ["value": "a"])
            #expect(response.status == 400)
        }
        let names = await server.call(.list, "sys/raw/core/")
        #expect(names.data?["keys"]?.arrayValue?.contains("keyring") == false)
        try await server.core.seal()
        try await server.core.unseal(share: server.shares[0])
        #expect(!server.core.isSealed)
    }

    @Test("it needs sudo, and refuses what it cannot do") func refusals() async throws {
        let server = try await server()
        await server.policy(
            "r", "path \"sys/raw/*\" { capabilities = [\"read\", \"list\", \"update\"] }")
        let weak = try await server.token(["r"])
        #expect(await server.call(.list, "sys/raw/", token: weak).status == 403)
        #expect(await server.call(.read, "sys/raw/core/cluster-id", token: weak).status == 403)
        let bad: [JSONValue] = [
            [:], ["value": "a", "encoding": "rot13"], ["value": "%%", "encoding": "base64"],
            ["value": "a", "compression_type": "gzip"],
        ]
        for body in bad {
            #expect(await server.call(.update, "sys/raw/extra/a", body).status == 400)
        }
    }

    @Test("the router shows its mounts and a request shows no token") func inspect() async throws {
        let server = try await server(inspect: true)
        _ = await server.call(.update, "sys/mounts/kept", ["type": "store"])
        for tag in ["root", "uuid", "accessor", "storage"] {
            let response = await server.call(.read, "sys/internal/inspect/router/\(tag)")
            let entries = try #require(response.data?[tag]?.arrayValue)
            let kept = try #require(entries.first { $0["mount_path"] == "kept/" })
            #expect(kept["mount_type"] == "store")
            #expect((kept["storage_prefix"] != nil) == ["root", "storage"].contains(tag))
        }
        #expect(await server.call(.read, "sys/internal/inspect/router/other").status == 404)
        let request = await server.call(.read, "sys/internal/inspect/request")
        let text = String(decoding: try #require(request.data).encoded(), as: UTF8.self)
        #expect(!text.contains(server.rootToken))
        await server.policy("r", "path \"sys/internal/*\" { capabilities = [\"read\"] }")
        let weak = try await server.token(["r"])
        #expect(
            await server.call(.read, "sys/internal/inspect/router/root", token: weak).status == 403)
    }
}
