// Names of connections, roles and static roles: how they are listed, and which exclude each other.

import JSON
import Paths
import PluginSDK
import PluginTesting
import Synchronization
import Testing

@testable import Database

@Suite struct NameTests {
    private static let taken = "Role and Static Role names must be unique"

    private static func list(
        _ mount: FakeMount, _ path: String, _ data: JSONValue? = nil
    ) throws -> [String] {
        let keys = try mount.harness.call(.list, path, data).json["keys"]?.arrayValue ?? []
        return keys.compactMap(\.stringValue)
    }

    @Test("after and limit list in parts", arguments: ["config", "roles", "static-roles"])
    func parts(path: String) throws {
        let mount = try FakeMount()
        let folder = ["config": StorageKey.configs, "roles": StorageKey.roles][path]
        for number in 1...7 {
            mount.harness.storage[(folder ?? StorageKey.staticRoles) + "k\(number)"] = [1]
        }
        #expect(try Self.list(mount, path, ["after": "k0", "limit": 3]) == ["k1", "k2", "k3"])
        #expect(try Self.list(mount, path, ["after": "k3", "limit": 3]) == ["k4", "k5", "k6"])
        #expect(try Self.list(mount, path, ["after": "k6", "limit": 3]) == ["k7"])
        #expect(try Self.list(mount, path, ["after": "k7"]) == [])
        #expect(try Self.list(mount, path, ["limit": 2]).count == 2)
    }

    @Test("a list that is too long for one answer is refused and not cut off")
    func tooLong() throws {
        let mount = try FakeMount()
        let name = String(repeating: "n", count: 4_000)
        for number in 0...(NameListing.maxBytes / 4_000) {
            mount.harness.storage["role/\(number)\(name)"] = [1]
        }
        #expect(throws: PluginError.self) { try Self.list(mount, "roles") }
        #expect(try Self.list(mount, "roles", ["limit": 100]).count == 100)
    }

    @Test("a role and a static role cannot have the same name, whichever is there first")
    func unique() throws {
        let mount = try FakeMount()
        mount.database.state.withLock { $0.users["app"] = "by hand" }
        let fixed: JSONValue = ["db_name": "db", "username": "app", "rotation_period": "1h"]
        try mount.role("first")
        for prefetches in [false, true] {
            mount.harness.prefetches = prefetches
            Self.expectTaken { try mount.harness.call(.update, "static-roles/first", fixed) }
            #expect(mount.database.users["app"] == "by hand")
        }
        try mount.harness.call(.update, "static-roles/second", fixed)
        for prefetches in [false, true] {
            mount.harness.prefetches = prefetches
            Self.expectTaken { try mount.role("second") }
            Self.expectTaken { try mount.role("second", ["default_ttl": "1h"]) }
        }
        #expect(try Self.list(mount, "roles") == ["first"])
        #expect(try Self.list(mount, "static-roles") == ["second"])
        try mount.role("first", ["default_ttl": "1h"])
        try mount.harness.call(.delete, "static-roles/second")
        try mount.role("second")
    }

    @Test("of a role and a static role that take one name at the same moment, one is refused")
    func race() throws {
        let mount = try FakeMount()
        mount.database.state.withLock { $0.users["app"] = "by hand" }
        let fixed: JSONValue = ["db_name": "db", "username": "app", "rotation_period": "1h"]
        for prefetches in [false, true] {
            mount.harness.prefetches = prefetches
            mount.harness.storage.beforeNextCommit { $0[StorageKey.role("x")] = [1] }
            Self.expectTaken { try mount.harness.call(.update, "static-roles/x", fixed) }
            #expect(mount.harness.storage[StorageKey.staticRole("x")] == nil)
            #expect(mount.database.users["app"] == "by hand")
            mount.harness.storage.beforeNextCommit { $0[StorageKey.staticRole("y")] = [1] }
            Self.expectTaken { try mount.role("y") }
            #expect(mount.harness.storage[StorageKey.role("y")] == nil)
            mount.harness.storage[StorageKey.role("x")] = nil
            mount.harness.storage[StorageKey.staticRole("y")] = nil
        }
    }

    private static func expectTaken(_ write: () throws -> Void) {
        do {
            try write()
            Issue.record("it was taken")
        } catch {
            #expect((error as? PluginError)?.code == .invalidRequest)
            #expect((error as? PluginError)?.message == taken)
        }
    }

    @Test("a connection string names the engine's own user in two ways")
    func placeholders() {
        let values = ConnectionText.values(username: "{{password}}", password: "{{name}}")
        #expect(
            "{{username}} {{name}}:{{password}}".replacingAll(values)
                == "{{password}} {{password}}:{{name}}")
    }

    @Test(
        "the number of open connections is bounded, and the refusal says how",
        arguments: [-1, 21, 1_000])
    func openConnections(number: Int) throws {
        let mount = try FakeMount()
        do {
            try mount.connect(["max_open_connections": .int(number)])
            Issue.record("it was taken")
        } catch let error as PluginError {
            #expect(error.code == .invalidRequest)
            #expect(error.message.contains("between 1 and 20, or 0 for 4"))
        }
        for number in [0, 1, 20] { try mount.connect(["max_open_connections": .int(number)]) }
    }
}
