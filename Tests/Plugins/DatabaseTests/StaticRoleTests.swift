// Users whose passwords rotate.

import JSON
import Paths
import PluginSDK
import PluginTesting
import Synchronization
import Testing

@testable import Database

@Suite struct StaticRoleTests {
    private static func mount() throws -> FakeMount {
        let mount = try FakeMount()
        mount.database.state.withLock { $0.users["app"] = "by hand" }
        return mount
    }

    private static func password(_ mount: FakeMount) throws -> String? {
        try mount.harness.call(.read, "static-creds/app").json["password"]?.stringValue
    }

    @Test("a new static role has a new password, which is what can be read")
    func created() throws {
        let mount = try Self.mount()
        let answer = try mount.harness.call(
            .update, "static-roles/app",
            ["db_name": "db", "username": "app", "rotation_period": "1h"])
        #expect(answer.wakeSeconds == 3_600)
        #expect(mount.database.users["app"] != "by hand")
        let shown = try mount.harness.call(.read, "static-creds/app").json
        #expect(shown["password"]?.stringValue == mount.database.users["app"])
        #expect(shown["username"] == "app")
        #expect(shown["ttl"] == 3_600)
        #expect(shown["rotation_period"] == 3_600)
        #expect(shown["last_vault_rotation"] == "2023-11-14T22:13:20Z")
        let role = try mount.harness.call(.read, "static-roles/app").json
        #expect(role["db_name"] == "db")
        #expect(role["password"] == nil)
    }

    @Test("a wake-up rotates what is due and nothing else, and names the next time")
    func wake() throws {
        let mount = try Self.mount()
        for (name, period) in [("app", "1h"), ("slow", "24h")] {
            try mount.harness.call(
                .update, "static-roles/\(name)",
                ["db_name": "db", "username": .string(name), "rotation_period": .string(period)])
        }
        let before = mount.database.users
        #expect(try mount.harness.call(.wake, "").wakeSeconds == 3_600)
        #expect(mount.database.users == before)
        mount.pass(seconds: 3_601)
        #expect(try mount.harness.call(.wake, "").wakeSeconds == 3_600)
        #expect(mount.database.users["app"] != before["app"])
        #expect(mount.database.users["slow"] == before["slow"])
        #expect(try Self.password(mount) == mount.database.users["app"])
    }

    @Test("more than one wake-up rotates at a time are seen to at once after it")
    func many() throws {
        let mount = try Self.mount()
        for number in 0..<20 {
            try mount.harness.call(
                .update, "static-roles/r\(number)",
                ["db_name": "db", "username": "u\(number)", "rotation_period": "1h"])
        }
        let before = mount.database.users
        mount.pass(seconds: 4_000)
        #expect(try mount.harness.call(.wake, "").wakeSeconds == 1)
        #expect(try mount.harness.call(.wake, "").wakeSeconds == 3_600)
        for number in 0..<20 {
            #expect(mount.database.users["u\(number)"] != before["u\(number)"])
        }
    }

    @Test("after an end in the middle the password that the server has is the one that is read")
    func crash() throws {
        let mount = try Self.mount()
        try mount.harness.call(
            .update, "static-roles/app",
            ["db_name": "db", "username": "app", "rotation_period": "1h"])
        mount.database.state.withLock { $0.losesAnswers = true }
        #expect(throws: PluginError.self) { try mount.harness.call(.update, "rotate-role/app") }
        mount.database.state.withLock { $0.losesAnswers = false }
        mount.restart()
        let now = mount.database.users["app"]
        #expect(try Self.password(mount) == now)
        #expect(mount.database.users["app"] == now)
    }

    @Test("a server that is not there puts the rotation off, longer each time, and loses nothing")
    func unreachable() throws {
        let mount = try Self.mount()
        try mount.harness.call(
            .update, "static-roles/app",
            ["db_name": "db", "username": "app", "rotation_period": "1h"])
        let before = mount.database.users["app"]
        mount.pass(seconds: 3_600)
        mount.database.fail(.unreachable)
        #expect(try mount.harness.call(.wake, "").wakeSeconds == 10)
        mount.pass(seconds: 10)
        #expect(try mount.harness.call(.wake, "").wakeSeconds == 20)
        let told = try mount.harness.call(.read, "static-creds/app")
        #expect(try told.json["password"]?.stringValue == before)
        #expect(!told.warnings.isEmpty)
        mount.database.fail(nil)
        mount.pass(seconds: 60)
        #expect(try mount.harness.call(.wake, "").wakeSeconds == 3_600)
        #expect(mount.database.users["app"] != before)
    }

    @Test("a static role whose first password cannot be set is not there")
    func refused() throws {
        let mount = try Self.mount()
        mount.database.fail(.failed)
        #expect(throws: PluginError.self) {
            try mount.harness.call(
                .update, "static-roles/app",
                ["db_name": "db", "username": "app", "rotation_period": "1h"])
        }
        #expect(mount.harness.storage.keys == ["config/db"])
    }

    @Test("a scheduled rotation whose window has passed waits for the next time")
    func window() throws {
        let mount = try Self.mount()
        try mount.harness.call(
            .update, "static-roles/app",
            [
                "db_name": "db", "username": "app", "rotation_schedule": "0 0 * * *",
                "rotation_window": "1h",
            ])
        let before = mount.database.users["app"]
        // 00:00 is 6,400 s away; it is two hours later now.
        mount.pass(seconds: 6_400 + 7_200)
        #expect(try mount.harness.call(.wake, "").wakeSeconds == 86_400 - 7_200)
        #expect(mount.database.users["app"] == before)
        mount.pass(seconds: 86_400 - 7_200 + 60)
        _ = try mount.harness.call(.wake, "")
        #expect(mount.database.users["app"] != before)
    }

    @Test("a deleted static role leaves nothing behind, and its wake-up finds nothing")
    func deleted() throws {
        let mount = try Self.mount()
        try mount.harness.call(
            .update, "static-roles/app",
            ["db_name": "db", "username": "app", "rotation_period": "1h"])
        try mount.harness.call(.delete, "static-roles/app")
        #expect(mount.harness.storage.keys == ["config/db"])
        mount.pass(seconds: 10_000)
        #expect(try mount.harness.call(.wake, "").wakeSeconds == 0)
    }

    @Test(
        "what cannot be meant is refused",
        arguments: [
            ["rotation_period": "1h"], ["username": "app"],
            ["username": "app", "rotation_period": "1s"],
            ["username": "app", "rotation_period": "1h", "rotation_schedule": "0 0 * * *"],
            ["username": "app", "rotation_period": "1h", "rotation_window": "2h"],
            ["username": "app", "rotation_schedule": "0 0 * * *", "rotation_window": "1m"],
            ["username": "app", "rotation_schedule": "0 0 31 2 *"],
            ["username": "app", "rotation_schedule": "whenever"],
        ] as [JSONObject])
    func invalid(settings: JSONObject) throws {
        let mount = try Self.mount()
        var body = settings
        body["db_name"] = "db"
        let refused = body
        #expect(throws: PluginError(.invalidRequest, "")) {
            try mount.harness.call(.update, "static-roles/app", .object(refused))
        }
        #expect(mount.database.users["app"] == "by hand")
    }

    @Test("the user of a static role stays the same")
    func username() throws {
        let mount = try Self.mount()
        try mount.harness.call(
            .update, "static-roles/app",
            ["db_name": "db", "username": "app", "rotation_period": "1h"])
        #expect(throws: PluginError(.invalidRequest, "")) {
            try mount.harness.call(.update, "static-roles/app", ["username": "root"])
        }
        let answer = try mount.harness.call(
            .update, "static-roles/app", ["rotation_period": "30m"])
        #expect(answer.wakeSeconds == 1_800)
    }
}
