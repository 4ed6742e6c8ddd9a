// Databases behind a plugin of the catalog, with the host's part played by the test.

import Clock
import JSON
import Paths
import PluginSDK
import PluginTesting
import Synchronization
import Testing

@testable import Database

/// The database plugins of a catalog, and what they were asked.
private final class Catalog: Sendable {
    struct State {
        var calls: [AskedDatabasePlugin] = []
        var users: [String: String] = ["root": "first"]
        var failure: PluginError?
        var rename = false
    }

    let state = Mutex(State())

    var calls: [String] { state.withLock { $0.calls.map(\.operation) } }
    var users: [String: String] { state.withLock { $0.users } }

    func data(_ index: Int) -> JSONValue { state.withLock { $0.calls[index].data } }

    func answer(
        _ call: AskedDatabasePlugin
    ) throws(PluginError) -> DatabasePluginCall.Reply {
        try state.withLock { (state) throws(PluginError) -> DatabasePluginCall.Reply in
            state.calls.append(call)
            guard call.plugin == "my-db" else {
                throw PluginError(.invalidRequest, "plugin not found in the catalog")
            }
            if let failure = state.failure { throw failure }
            let data = call.data
            var answer = JSONObject()
            switch DatabaseOperation(rawValue: call.operation) {
            case .initialize:
                let given = data["config"]?["password"]?.stringValue
                if data["verify_connection"]?.boolValue == true, given != state.users["root"] {
                    throw PluginError(.permissionDenied, "\(given ?? "") is wrong for root")
                }
                var config = data["config"]?.objectValue ?? JSONObject()
                config["completed"] = true
                answer["config"] = .object(config)
            case .newUser:
                let name = data["username"]?.stringValue ?? ""
                state.users[name] = data["password"]?.stringValue
                answer["username"] = .string(state.rename ? "other" : name)
            case .updateUser:
                if let password = data["password"]?["new_password"]?.stringValue {
                    state.users[data["username"]?.stringValue ?? ""] = password
                }
            case .deleteUser: state.users[data["username"]?.stringValue ?? ""] = nil
            case .type, .close, nil: break
            }
            return DatabasePluginCall.Reply(data: .object(answer), version: "v1.2.3")
        }
    }
}

@Suite struct CustomServerTests {
    private let catalog = Catalog()
    private let harness: EngineHarness

    init() throws {
        harness = EngineHarness(FakeMount.engine())
        let catalog = catalog
        harness.storage.databasePlugins = { (call) throws(PluginError) in
            try catalog.answer(call)
        }
    }

    private func connect(_ more: JSONObject = [:]) throws {
        var body: JSONObject = [
            "plugin_name": "my-db", "address": ["host": "h", "port": 7], "username": "root",
            "password": "first", "allowed_roles": "*",
        ]
        for (key, value) in more.members { body[key] = value }
        try harness.call(.update, "config/db", .object(body))
    }

    private func role() throws {
        try harness.call(
            .update, "roles/app",
            ["db_name": "db", "creation_statements": "make it", "rollback_statements": "undo"])
    }

    @Test("a connection keeps what the plugin makes of it, and the version that was chosen")
    func configuration() throws {
        try connect()
        #expect(catalog.calls == ["initialize"])
        let sent = catalog.data(0)
        #expect(sent["connection"] == "db" && sent["verify_connection"] == true)
        #expect(sent["config"]?["address"] == ["host": "h", "port": 7])
        #expect(sent["config"]?["allowed_roles"] == nil && sent["config"]?["plugin_name"] == nil)
        let shown = try harness.call(.read, "config/db").json
        #expect(shown["plugin_name"] == "my-db" && shown["plugin_version"] == "v1.2.3")
        #expect(shown["connection_details"]?["completed"] == true)
        #expect(shown["connection_details"]?["password"] == nil)
        // From then on it stays with the version.
        try connect(["address": "elsewhere"])
        #expect(catalog.state.withLock { $0.calls.last?.version } == "v1.2.3")
        #expect(catalog.data(1)["config"]?["completed"] == true)
    }

    @Test("a configuration that the plugin refuses is not kept, and its password is in no message")
    func refused() throws {
        do {
            try connect(["password": "wr0ng-password"])
            Issue.record("it was kept")
        } catch let error as PluginError {
            #expect(error.code == .invalidRequest)
            #expect(
                error.message
                    == "error creating database object: error verifying connection: ***** is wrong "
                    + "for root")
        }
        #expect(harness.storage.keys.isEmpty)
        try connect(["password": "wr0ng-password", "verify_connection": false])
        #expect(throws: PluginError(.invalidRequest, "")) { try connect(["plugin_name": "no-db"]) }
    }

    @Test("a user is made under the name that was written down before, renewed and ended")
    func credentials() throws {
        try connect()
        try role()
        let answer = try harness.call(.read, "creds/app")
        let name = try #require(try answer.json["username"]?.stringValue)
        #expect(try catalog.users[name] == answer.json["password"]?.stringValue)
        let intent = try JSONValue(parsing: try #require(harness.storage.intents.first))
        #expect(intent["data"]?["username"]?.stringValue == name)
        #expect(catalog.calls == ["initialize", "type", "new-user"])
        let asked = catalog.data(2)
        #expect(asked["username_config"] == ["display_name": "test", "role_name": "app"])
        #expect(asked["statements"] == ["commands": ["make it"]])
        #expect(asked["rollback_statements"] == ["commands": ["undo"]])
        #expect(asked["expiration"]?.stringValue?.hasSuffix("Z") == true)

        let kept = try #require(answer.lease?.internalData)
        try harness.call(.renew, "creds/app", ["ttl": 60], keeping: kept)
        #expect(catalog.data(3)["expiration"]?["new_expiration"] != nil)
        try harness.call(.revoke, "creds/app", keeping: kept)
        #expect(catalog.users[name] == nil)
    }

    @Test("a plugin that makes a user of another name fails, and what was meant is rolled back")
    func renamed() throws {
        try connect()
        try role()
        catalog.state.withLock { $0.rename = true }
        #expect(throws: PluginError(.upstreamFailed, "")) {
            try harness.call(.read, "creds/app")
        }
        let intent = try #require(harness.storage.intents.first)
        try harness.call(.rollback, "creds/app", keeping: intent)
        #expect(Set(catalog.users.keys) == ["root"])
    }

    @Test("nothing is begun that the plugin is not there for")
    func absent() throws {
        try connect()
        try role()
        catalog.state.withLock { $0.failure = PluginError(.unavailable, "it does not start") }
        #expect(throws: PluginError(.upstreamFailed, "")) {
            try harness.call(.read, "creds/app")
        }
        #expect(harness.storage.intents.isEmpty)
    }

    @Test("the root password is rotated, and after one that was cut short both are tried")
    func rootRotation() throws {
        try connect()
        try harness.call(.update, "rotate-root/db")
        let second = catalog.users["root"]
        #expect(second != "first")
        try role()
        try harness.call(.read, "creds/app")
        #expect(catalog.data(catalog.calls.count - 1)["config"]?["password"]?.stringValue == second)

        // It is done, and nobody hears of it.
        catalog.state.withLock { $0.failure = PluginError(.internalError, "killed") }
        #expect(throws: PluginError(.upstreamFailed, "")) {
            try harness.call(.update, "rotate-root/db")
        }
        catalog.state.withLock { $0.failure = nil }
        try harness.call(.update, "rotate-root/db")
        #expect(catalog.users["root"] != second)
        try harness.call(.read, "creds/app")
    }

    @Test("a static role's password is the plugin's to set")
    func staticRole() throws {
        catalog.state.withLock { $0.users["svc"] = "old" }
        try connect()
        try harness.call(
            .update, "static-roles/svc",
            ["db_name": "db", "username": "svc", "rotation_period": "1h"])
        #expect(
            try harness.call(.read, "static-creds/svc").json["password"]?.stringValue
                == catalog.users["svc"])
        #expect(catalog.users["svc"] != "old")
    }

    @Test("reset and delete tell the plugin; reload has the host run each version anew")
    func maintenance() throws {
        try connect()
        try harness.call(.update, "reset/db")
        #expect(catalog.calls == ["initialize", "close"])
        let reloaded = try harness.call(.update, "reload/my-db").json
        #expect(reloaded == ["connections": ["db"], "count": 1])
        #expect(catalog.calls.last == "reload")
        try harness.call(.delete, "config/db")
        #expect(catalog.calls.last == "close" && harness.storage.keys.isEmpty)
    }

    @Test("built-in kinds have no version to choose, and calls have an end")
    func versions() throws {
        #expect(throws: PluginError(.invalidRequest, "")) {
            try harness.call(
                .update, "config/db",
                ["plugin_name": "fake-database-plugin", "plugin_version": "v1.0.0"])
        }
        try connect(["plugin_version": "1.2.3"])
        #expect(catalog.state.withLock { $0.calls.first?.version } == "1.2.3")
        #expect(catalog.state.withLock { $0.calls.first?.timeoutSeconds } == 20)
    }
}
