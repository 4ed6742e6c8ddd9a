import JSON
import Kernel
import KernelTesting
import Paths
import Testing

@Suite struct RemountTests {
    let server: TestCore

    init() async throws {
        server = try await TestCore([
            .echo, .store,
            FakeEngineType("door", kind: .auth) { _, _ in .success(BackendAnswer(data: [])) },
        ])
        _ = await server.call(.update, "sys/mounts/old", ["type": "store"])
        _ = await server.call(.update, "old/a", ["value": 1])
    }

    /// Moves, and gives the status once there is one.
    private func move(_ from: String, _ to: String) async throws -> String {
        let started = await server.call(
            .update, "sys/remount", ["from": .string(from), "to": .string(to)])
        #expect(started.status == 200)
        let id = try #require(started.data?["migration_id"]?.stringValue)
        while true {
            let response = await server.call(.read, "sys/remount/status/\(id)")
            let info = try #require(response.data?["migration_info"])
            let status = try #require(info["status"]?.stringValue)
            if status != "in-progress" { return status }
            await Task.yield()
        }
    }

    @Test("a moved mount has its data under the new path, and nothing is left at the old one")
    func moves() async throws {
        let before = await server.call(.read, "sys/mounts/old")
        #expect(try await move("old", "team/new/") == "success")
        #expect(await server.call(.read, "team/new/a").data == ["value": 1])
        #expect(await server.call(.read, "old/a").status == 404)
        let after = await server.call(.read, "sys/mounts/team/new")
        #expect(after.data?["accessor"] == before.data?["accessor"])
        #expect(after.data?["uuid"] == before.data?["uuid"])
        #expect(server.launcher.engines.count == 1)
        try await server.core.seal()
        try await server.core.unseal(share: server.shares[0])
        #expect(await server.call(.read, "team/new/a").data == ["value": 1])
        #expect(await server.call(.read, "old/a").status == 404)
    }

    @Test("auth methods are moved too") func authMethods() async throws {
        _ = await server.call(.update, "sys/auth/front", ["type": "door"])
        #expect(try await move("auth/front", "auth/back") == "success")
        #expect(await server.call(.read, "sys/auth/back").data?["type"] == "door")
        #expect(await server.call(.read, "sys/auth/front").status == 400)
    }

    @Test("policies go by the path that is asked for") func policies() async throws {
        await server.policy("o", "path \"old/*\" { capabilities = [\"read\"] }")
        let token = try await server.token(["o"])
        #expect(await server.call(.read, "old/a", token: token).status == 200)
        #expect(try await move("old", "new") == "success")
        #expect(await server.call(.read, "new/a", token: token).status == 403)
    }

    @Test(
        "what cannot be moved, or not to there, is refused at once",
        arguments: [
            ("", "new"), ("old", ""), ("missing", "new"), ("sys", "new"), ("cubbyhole", "new"),
            ("auth/token", "auth/other"), ("old", "sys/x"), ("old", "auth/x"), ("old", "old"),
            ("old", "old/inside"), ("old", "other"), ("old", "a b"), ("old", "a/../b"),
            ("auth/front", "back"), ("old", "identity"),
        ])
    func refusals(from: String, to: String) async throws {
        _ = await server.call(.update, "sys/mounts/other", ["type": "store"])
        _ = await server.call(.update, "sys/auth/front", ["type": "door"])
        let response = await server.call(
            .update, "sys/remount", ["from": .string(from), "to": .string(to)])
        #expect(response.status == 400)
        #expect(response.errors.count == 1)
        #expect(await server.call(.read, "old/a").data == ["value": 1])
    }

    @Test("it needs sudo; an unknown move is not found") func access() async throws {
        await server.policy("m", "path \"sys/remount\" { capabilities = [\"update\"] }")
        let weak = try await server.token(["m"])
        let response = await server.call(
            .update, "sys/remount", ["from": "old", "to": "new"], token: weak)
        #expect(response.status == 403)
        #expect(await server.call(.read, "sys/remount/status/nothing").status == 404)
    }

    @Test("TTLs go back to the system's by that word; what is hidden says so")
    func tuning() async throws {
        let tune = "sys/mounts/old/tune"
        _ = await server.call(.update, tune, ["default_lease_ttl": "1h", "max_lease_ttl": 7200])
        #expect(await server.call(.read, tune).data?["default_lease_ttl"]?.intValue == 3600)
        let back = await server.call(
            .update, tune, ["default_lease_ttl": "system", "max_lease_ttl": "system"])
        #expect(back.status == 204)
        #expect(
            await server.call(.read, tune).data?["max_lease_ttl"]?.intValue == 32 * 24 * 3600)
        for bad in ["soon", -5, [1]] as [JSONValue] {
            #expect(await server.call(.update, tune, ["max_lease_ttl": bad]).status == 400)
        }
        _ = await server.call(.update, tune, ["listing_visibility": "hidden"])
        #expect(await server.call(.read, tune).data?["listing_visibility"] == "hidden")
        let enabled = await server.call(
            .update, "sys/mounts/third",
            ["type": "store", "config": ["max_lease_ttl": "system", "default_lease_ttl": "5m"]])
        #expect(enabled.status == 204)
        let third = await server.call(.read, "sys/mounts/third/tune")
        #expect(third.data?["default_lease_ttl"]?.intValue == 300)
    }

    @Test("the tokens' own mount is tuned, and stays so; of the others only what audit logs show")
    func builtIn() async throws {
        let changed = await server.call(
            .update, "sys/auth/token/tune",
            ["default_lease_ttl": "2h", "max_lease_ttl": "3h", "description": "ours"])
        #expect(changed.status == 204)
        for _ in 0..<2 {
            let tuning = await server.call(.read, "sys/auth/token/tune")
            #expect(tuning.data?["default_lease_ttl"]?.intValue == 7200)
            #expect(tuning.data?["description"] == "ours")
            let made = await server.call(
                .update, "auth/token/create", ["policies": ["default"], "ttl": "9h"])
            #expect(made.auth?["lease_duration"]?.intValue == 3 * 3600)
            try await server.core.seal()
            try await server.core.unseal(share: server.shares[0])
        }
        let audit = await server.call(
            .update, "sys/mounts/sys/tune", ["audit_non_hmac_request_keys": ["type"]])
        #expect(audit.status == 204)
        #expect(
            await server.call(.read, "sys/mounts/sys/tune").data?["audit_non_hmac_request_keys"]
                == ["type"])
        for mount in ["mounts/sys", "mounts/cubbyhole"] {
            let response = await server.call(
                .update, "sys/\(mount)/tune", ["max_lease_ttl": "1h"])
            #expect(response.status == 400)
        }
        let options = await server.call(
            .update, "sys/auth/token/tune", ["options": ["a": "b"]])
        #expect(options.status == 400)
    }
}
