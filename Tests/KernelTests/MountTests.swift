import JSON
import Kernel
import KernelTesting
import Paths
import Testing

@Suite struct MountTests {
    @Test("a mount is listed, read, tuned and gone with its data after it is disabled")
    func lifeOfAMount() async throws {
        let server = try await TestCore()
        let enabled = await server.call(
            .update, "sys/mounts/team/kv",
            [
                "type": "store", "description": "d", "config": ["max_lease_ttl": "2h"],
                "options": ["a": "b"],
            ])
        #expect(enabled.status == 204)
        let mount = await server.call(.read, "sys/mounts").data?["team/kv/"]
        #expect(mount?["type"] == "store")
        #expect(mount?["options"] == ["a": "b"])
        #expect(mount?["config"]?["max_lease_ttl"] == 7200)
        #expect(
            await server.call(
                .update, "sys/mounts/team/kv/tune",
                ["default_lease_ttl": "1h", "description": "new"]
            ).status == 204)
        let tuned = await server.call(.read, "sys/mounts/team/kv/tune").data
        #expect(tuned?["default_lease_ttl"] == 3600)
        #expect(tuned?["description"] == "new")
        _ = await server.call(.update, "team/kv/x", ["v": 1])
        #expect(await server.call(.delete, "sys/mounts/team/kv").status == 204)
        #expect(await server.call(.read, "team/kv/x").status == 404)
        _ = await server.call(.update, "sys/mounts/team/kv", ["type": "store"])
        #expect(await server.call(.read, "team/kv/x").status == 404)
    }

    @Test(
        "paths that are taken, reserved or could be misread are refused",
        arguments: [
            "taken", "taken/inside", "outer", "sys", "sys/x", "auth", "cubbyhole", "identity",
            "a/../b", "a//b",
            "a/*", "+", "a/+/b", "a b", ".",
        ])
    func refusedPaths(path: String) async throws {
        let server = try await TestCore()
        _ = await server.call(.update, "sys/mounts/taken", ["type": "store"])
        _ = await server.call(.update, "sys/mounts/outer/inner", ["type": "store"])
        #expect(await server.call(.update, "sys/mounts/\(path)", ["type": "store"]).status == 400)
    }

    @Test("an auth method is read and tuned at sys/mounts/auth as well, but not disabled there")
    func authMethodAmongMounts() async throws {
        let server = try await TestCore([UserLockoutTests.door])
        _ = await server.call(.update, "sys/auth/side/door", ["type": "door"])
        let path = "sys/mounts/auth/side/door"
        let tuned = await server.call(
            .update, path + "/tune",
            [
                "default_lease_ttl": "1h", "token_type": "batch",
                "user_lockout_config": [
                    "lockout_threshold": "3", "lockout_counter_reset_duration": "5m",
                ],
            ])
        #expect(tuned.status == 204)
        let tuning = await server.call(.read, path + "/tune").data
        #expect(await server.call(.read, "sys/auth/side/door/tune").data == tuning)
        #expect(tuning?["default_lease_ttl"] == 3600)
        #expect(tuning?["token_type"] == "batch")
        #expect(tuning?["user_lockout_threshold"] == 3)
        #expect(tuning?["user_lockout_counter_reset_duration"] == 300)
        #expect(await server.call(.read, path).data?["type"] == "door")
        #expect(await server.call(.read, "sys/mounts/auth/none/tune").status == 400)
        #expect(await server.call(.update, "sys/mounts/auth/none/tune", [:]).status == 400)
        // Disabling takes sudo on sys/auth, which this path would go round.
        #expect(await server.call(.delete, path).status == 400)
        #expect(await server.call(.read, "sys/auth/side/door").status == 200)
    }

    @Test(
        "a setting of something that is not there is refused, unless it is empty",
        arguments: ["allowed_managed_keys", "delegated_auth_accessors", "identity_token_key"])
    func notThere(name: String) async throws {
        let server = try await TestCore()
        _ = await server.call(.update, "sys/mounts/store", ["type": "store"])
        for value in ["x", ["x"], 1] as [JSONValue] {
            let body: JSONValue = .object([name: value])
            let answer = await server.call(.update, "sys/mounts/store/tune", body)
            #expect(answer.status == 400)
            #expect(answer.errors.first?.contains(name) == true)
        }
        for value in ["", [], .null] as [JSONValue] {
            let body: JSONValue = .object([name: value])
            #expect(
                await server.call(.update, "sys/mounts/store/tune", body).status == 204)
        }
    }

    @Test("an option that the engine refuses changes nothing") func refusedOption() async throws {
        let server = try await TestCore()
        _ = await server.call(.update, "sys/mounts/store", ["type": "store"])
        let response = await server.call(
            .update, "sys/mounts/store/tune", ["options": ["refuse": "1"]])
        #expect(response.status == 400)
        #expect(await server.call(.read, "sys/mounts/store").data?["options"] == .null)
    }

    @Test("an unknown engine, and none at all, are refused by name")
    func unknownType() async throws {
        let server = try await TestCore()
        #expect(await server.call(.update, "sys/mounts/a", ["type": "nothing"]).status == 400)
        #expect(await server.call(.update, "sys/mounts/a", [:]).status == 400)
        #expect(await server.call(.delete, "sys/mounts/sys").status == 400)
    }

    @Test(
        "the command line's question about a mount is answered only to those with rights below it")
    func preflight() async throws {
        let server = try await TestCore()
        _ = await server.call(
            .update, "sys/mounts/store", ["type": "store", "options": ["version": "2"]])
        await server.policy("reader", "path \"store/data/demo/*\" { capabilities = [\"read\"] }")
        let reader = try await server.token(["reader"])
        let seen = await server.call(.read, "sys/internal/ui/mounts/store/demo/x", token: reader)
        #expect(seen.data?["path"] == "store/")
        #expect(seen.data?["options"] == ["version": "2"])
        let stranger = try await server.token(["default"])
        #expect(
            await server.call(.read, "sys/internal/ui/mounts/store/demo/x", token: stranger).status
                == 403)
        #expect(
            await server.call(.read, "sys/internal/ui/mounts/nowhere", token: reader).status == 403)
        #expect(
            await server.call(.read, "sys/internal/ui/mounts", token: "").data?["secret"] == [:])
    }

    @Test("capabilities are said as the policies grant them") func capabilities() async throws {
        let server = try await TestCore()
        await server.policy(
            "mixed",
            "path \"a/*\" { capabilities = [\"read\", \"list\"] }\npath \"a/b\" { capabilities = [\"deny\"] }"
        )
        let token = try await server.token(["mixed"])
        let data = await server.call(
            .update, "sys/capabilities-self", ["paths": ["a/x", "a/b", "c"]], token: token
        ).data
        #expect(data?["a/x"] == ["list", "read"])
        #expect(data?["a/b"] == ["deny"])
        #expect(data?["c"] == ["deny"])
        #expect(
            await server.call(.update, "sys/capabilities-self", ["path": "a"]).data?["capabilities"]
                == ["root"])
    }
}
