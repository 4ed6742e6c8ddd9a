// A database plugin by the SDK: what it makes of the host's requests.

import JSON
import Paths
import PluginSDK
import PluginTesting
import Synchronization
import Testing

/// Notes what it is asked.
private final class Noted: UserDatabase {
    static let log = Mutex<[String: [String]]>([:])
    let id: String

    init(_ config: JSONObject) throws {
        guard let id = config["id"]?.stringValue else {
            throw PluginError(.invalidRequest, "id is missing")
        }
        self.id = id
        note("open")
    }

    func note(_ text: String) { Self.log.withLock { $0[id, default: []].append(text) } }
    static func log(_ id: String) -> [String] { log.withLock { $0[id] ?? [] } }

    func verify() throws {
        if id.hasPrefix("bad") { throw PluginError(.permissionDenied, "no") }
        note("verify")
    }

    func newUser(_ user: NewUser) throws {
        note(
            "new \(user.username) \(user.credential) \(user.displayName) \(user.roleName) "
                + "\(user.statements) \(user.rollbackStatements) \(user.expiration.rfc3339)")
    }

    func updateUser(_ update: UserUpdate) throws {
        let credential = update.credential.map { "\($0.new) \($0.statements)" } ?? "-"
        let expiration = update.expiration.map { "\($0.new.rfc3339) \($0.statements)" } ?? "-"
        note("update \(update.username) \(credential) \(expiration)")
    }

    func deleteUser(_ user: UserDeletion) throws {
        note("delete \(user.username) \(user.statements)")
    }

    func close() { note("close") }
}

private struct NotedPlugin: DatabasePlugin {
    static let name = "noted"
    static let version = "1.0.0"
    func database(_ config: JSONObject) throws -> any UserDatabase { try Noted(config) }
}

@Suite struct DatabasePluginTests {
    private let plugin: EngineHarness
    private let id = "\(UInt64.random(in: 0 ... .max))"

    init() throws { plugin = try EngineHarness(NotedPlugin()) }

    @discardableResult
    private func ask(
        _ operation: DatabaseOperation, _ more: JSONObject = [:], id: String? = nil
    ) throws -> JSONValue {
        var data: JSONObject = ["connection": "c", "config": ["id": .string(id ?? self.id)]]
        for (key, value) in more.members { data[key] = value }
        return try plugin.call(.update, operation.rawValue, .object(data)).json
    }

    @Test("all parts of the requests arrive")
    func parts() throws {
        let made = try ask(
            .newUser,
            [
                "username": "u", "username_config": ["display_name": "d", "role_name": "r"],
                "credential_type": "password", "password": "p",
                "statements": ["commands": ["a", "b"]], "rollback_statements": ["commands": ["z"]],
                "expiration": "2030-01-02T03:04:05Z",
            ])
        #expect(made == ["username": "u"])
        try ask(
            .updateUser,
            [
                "username": "u",
                "password": ["new_password": "q", "statements": ["commands": ["s"]]],
            ])
        try ask(
            .updateUser,
            ["username": "u", "expiration": ["new_expiration": "2030-01-02T03:04:06Z"]])
        try ask(
            .newUser,
            [
                "username": "k", "credential_type": "rsa_private_key", "public_key": "PEM",
                "expiration": "2030-01-02T03:04:05Z",
            ])
        try ask(.deleteUser, ["username": "u", "statements": ["commands": ["x"]]])
        #expect(try ask(.type) == ["type": "noted"])
        #expect(
            Noted.log(id) == [
                "open",
                #"new u password("p") d r ["a", "b"] ["z"] 2030-01-02T03:04:05Z"#,
                #"update u password("q") ["s"] -"#, "update u - 2030-01-02T03:04:06Z []",
                #"new k publicKey("PEM")   [] [] 2030-01-02T03:04:05Z"#,
                #"delete u ["x"]"#,
            ])
    }

    @Test("a connection is opened once for a configuration, and the old one is closed by a new")
    func connections() throws {
        #expect(try ask(.initialize)["config"] == ["id": .string(id)])
        try ask(.deleteUser, ["username": "u"])
        try ask(.deleteUser, ["username": "u"], id: id + "-next")
        #expect(Noted.log(id) == ["open", "verify", "delete u []", "close"])
        try ask(.close, id: id + "-next")
        #expect(Noted.log(id + "-next") == ["open", "delete u []", "close"])
    }

    @Test("a configuration that does not work leaves the one that does")
    func badConfiguration() throws {
        try ask(.initialize)
        #expect(throws: PluginError(.permissionDenied, "")) {
            try ask(.initialize, id: "bad" + id)
        }
        try ask(.deleteUser, ["username": "u"])
        #expect(Noted.log(id) == ["open", "verify", "delete u []"])
        #expect(Noted.log("bad" + id) == ["open", "close"])
    }

    @Test("without being verified a configuration is only looked at")
    func unverified() throws {
        try ask(.initialize, ["verify_connection": false])
        #expect(Noted.log(id) == ["open"])
    }

    @Test(
        "what is missing or wrong is refused before the plugin's author sees it",
        arguments: [
            (DatabaseOperation.newUser, #"{"username": "u"}"#),
            (.newUser, #"{"username": "u", "password": "p"}"#),
            (.newUser, #"{"username": "u", "password": "p", "expiration": "tomorrow"}"#),
            (
                .newUser,
                #"{"username": "u", "password": "p", "expiration": "2030-01-02T03:04:05Z", "#
                    + #""statements": {"commands": [1]}}"#
            ),
            (.newUser, #"{"username": "u", "credential_type": "x", "password": "p"}"#),
            (.updateUser, #"{"username": "u"}"#),
            (.updateUser, #"{"username": "u", "password": {"new_password": ""}}"#),
            (.deleteUser, "{}"),
            (.deleteUser, #"{"username": "u", "connection": ""}"#),
            (.deleteUser, #"{"username": "u", "config": "text"}"#),
        ])
    func refusals(_ operation: DatabaseOperation, _ text: String) throws {
        let data = try #require(try JSONValue(parsing: text).objectValue)
        #expect(throws: PluginError(.invalidRequest, "")) { try ask(operation, data) }
        #expect(Noted.log(id).isEmpty)
    }
}
