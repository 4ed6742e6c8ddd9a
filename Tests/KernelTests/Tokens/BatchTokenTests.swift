import JSON
import Kernel
import KernelTesting
import Paths
import Testing

@Suite struct BatchTokenTests {
    private func batch(
        _ server: TestCore, _ policies: [String] = ["default"], _ more: JSONObject = [:],
        token: String? = nil
    ) async throws -> String {
        var body = more
        body["type"] = "batch"
        body["policies"] = .strings(policies)
        return try await server.call(.update, "auth/token/create", .object(body), token: token)
            .requireToken()
    }

    @Test("a batch token opens what its policies say and shows what it is")
    func lookup() async throws {
        let server = try await TestCore()
        let before = try server.storedKeys()
        let response = await server.call(
            .update, "auth/token/create",
            ["type": "batch", "policies": ["default"], "ttl": "1h", "meta": ["team": "x"]])
        let token = try response.requireToken()
        #expect(token.hasPrefix("hvb."))
        #expect(response.auth?["accessor"] == "")
        #expect(response.auth?["renewable"] == false)
        #expect(response.auth?["token_type"] == "batch")
        #expect(response.auth?["lease_duration"] == 3600)
        let data = await server.call(.read, "auth/token/lookup-self", token: token).data
        #expect(data?["id"] == .string(token))
        #expect(data?["type"] == "batch")
        #expect(data?["accessor"] == "")
        #expect(data?["meta"] == ["team": "x"])
        #expect(data?["policies"] == ["default"])
        #expect((3000...3600).contains(data?["ttl"]?.intValue ?? 0))
        #expect(await server.call(.read, "sys/mounts", token: token).status == 403)
        #expect(try server.storedKeys() == before)
    }

    @Test("what needs a record in the store is refused")
    func refusals() async throws {
        let server = try await TestCore()
        await server.policy(
            "all", "path \"*\" { capabilities = [\"create\", \"update\", \"sudo\"] }")
        let token = try await batch(server, ["all"])
        let named: JSONValue = ["token": .string(token)]
        let cases: [(String, JSONValue, String?, String)] = [
            ("auth/token/create", [:], token, "batch tokens cannot create more tokens"),
            ("auth/token/create-orphan", [:], token, "batch tokens cannot create more tokens"),
            ("auth/token/renew-self", [:], token, "batch tokens cannot be renewed"),
            ("auth/token/renew", named, nil, "batch tokens cannot be renewed"),
            ("auth/token/revoke-self", [:], token, "batch tokens cannot be revoked"),
            ("auth/token/revoke", named, nil, "batch tokens cannot be revoked"),
            ("auth/token/revoke-orphan", named, nil, "batch tokens cannot be revoked"),
            (
                "cubbyhole/a", ["k": "v"], token,
                "cubbyhole operations are only supported by \"service\" type tokens"
            ),
        ]
        for (path, body, caller, text) in cases {
            let response = await server.call(.update, path, body, token: caller)
            #expect(response.status == 400, "\(path)")
            #expect(response.errors == [text])
        }
        let policy: JSONValue = ["policy": "path \"a\" { capabilities = [\"read\"] }"]
        #expect(
            await server.call(.update, "sys/policies/acl/p", policy, token: token).status == 204)
    }

    @Test(
        "a batch token cannot be root, periodic, counted, named or bound to an explicit maximum",
        arguments: [
            ["policies": ["root"]], ["period": "1h"], ["num_uses": 2], ["explicit_max_ttl": "1h"],
            ["id": "chosen"], [:],
        ] as [JSONObject])
    func impossible(wish: JSONObject) async throws {
        let server = try await TestCore()
        var body = wish
        body["type"] = "batch"
        // With no wish at all root would hand on itself.
        if wish["policies"] == nil, !wish.isEmpty { body["policies"] = ["default"] }
        let response = await server.call(.update, "auth/token/create", .object(body))
        #expect(response.status == 400)
    }

    @Test("a batch token ends with its parent, and an orphan does not")
    func parent() async throws {
        let server = try await TestCore()
        await server.policy(
            "maker", "path \"auth/token/create*\" { capabilities = [\"update\", \"sudo\"] }")
        let parent = try await server.token(["maker"])
        let child = try await batch(server, ["maker"], token: parent)
        let orphan = try await batch(server, ["maker"], ["no_parent": true], token: parent)
        let path = "auth/token/lookup-self"
        #expect(await server.call(.read, path, token: child).data?["orphan"] == false)
        #expect(await server.call(.read, path, token: orphan).data?["orphan"] == true)
        _ = await server.call(.update, "auth/token/revoke", ["token": .string(parent)])
        #expect(await server.call(.read, path, token: child).status == 403)
        #expect(await server.call(.read, path, token: orphan).status == 200)
    }

    @Test("a batch token of another server, or one with any byte changed, opens nothing")
    func forged() async throws {
        let server = try await TestCore()
        let token = try await batch(server)
        let stranger = try await batch(TestCore())
        #expect(await server.call(.read, "auth/token/lookup-self", token: stranger).status == 403)
        let bytes = Array(token.utf8)
        for index in stride(from: 0, to: bytes.count, by: 7) {
            var changed = bytes
            changed[index] = changed[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : 0x41
            let text = String(decoding: changed, as: UTF8.self)
            #expect(await server.call(.read, "auth/token/lookup-self", token: text).status == 403)
        }
        for text in ["hvb.", "hvb.AA", token + "A", token + "=", String(token.dropLast())] {
            #expect(await server.call(.read, "auth/token/lookup-self", token: text).status == 403)
        }
        let endless = "hvb." + String(repeating: "A", count: 1_000_000)
        #expect(await server.call(.read, "auth/token/lookup-self", token: endless).status == 403)
    }

    @Test("a batch token outlives a restart and a rotation of the barrier's key")
    func restart() async throws {
        let server = try await TestCore()
        let token = try await batch(server)
        _ = await server.call(.update, "sys/rotate")
        try await server.core.seal()
        #expect(await server.call(.read, "auth/token/lookup-self", token: token).status == 503)
        for share in server.shares { try await server.core.unseal(share: share) }
        #expect(await server.call(.read, "auth/token/lookup-self", token: token).status == 200)
    }

    @Test("a batch token is over when its time is over") func expiry() async throws {
        let server = try await TestCore()
        let token = try await batch(server, ["default"], ["ttl": 1])
        var status = 200
        for _ in 0..<300 where status == 200 {
            status = await server.call(.read, "auth/token/lookup-self", token: token).status
            try await Task.sleep(nanoseconds: 10_000_000)
        }
        #expect(status == 403)
    }

    @Test("a token that would not fit into a header is not made") func tooLarge() async throws {
        let server = try await TestCore()
        let meta = JSONObject(
            (0..<64).map { ("name\($0)", .string(String(repeating: "v", count: 1000))) })
        let response = await server.call(
            .update, "auth/token/create",
            ["type": "batch", "policies": ["default"], "meta": .object(meta)])
        #expect(response.status == 400)
    }

    @Test("a role makes batch tokens where it says so, and keeps them bound to its networks")
    func byRole() async throws {
        let server = try await TestCore()
        _ = await server.call(
            .update, "auth/token/roles/b",
            [
                "token_type": "batch", "orphan": true, "renewable": false,
                "allowed_policies": "x", "token_bound_cidrs": "192.0.2.0/24",
            ])
        let response = await server.call(.update, "auth/token/create/b", ["type": "service"])
        let token = try response.requireToken()
        #expect(token.hasPrefix("hvb."))
        let path = "auth/token/lookup-self"
        #expect(await server.call(.read, path, token: token, from: "192.0.2.1").status == 200)
        #expect(await server.call(.read, path, token: token, from: "192.0.3.1").status == 403)
    }
}
