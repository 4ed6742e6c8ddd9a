// A database in memory that fails when a test wants it to, and a mount of the engine in front of
// it.

import Clock
import JSON
import Paths
import PluginSDK
import PluginTesting
import Synchronization
import Testing

@testable import Database

final class FakeDatabase: Sendable {
    struct State {
        var users: [String: String] = ["root": "first"]
        var expirations: [String: Timestamp] = [:]
        var failure: DatabaseError?
        /// What is done is done, but nobody hears of it.
        var losesAnswers = false
        var refusesDrops = false
        var open = 0
        var mostOpen = 0
        var steps: [String] = []
        var closed = 0
        var conflicts = 0
    }

    private static let all = Mutex<[String: FakeDatabase]>([:])

    let url: String
    let state = Mutex(State())

    init() {
        url = "fake://\(Timestamp.now.nanoseconds)-\(UInt64.random(in: 0 ... .max))"
        Self.all.withLock { $0[url] = self }
    }

    static func at(_ url: String) -> FakeDatabase? { all.withLock { $0[url] } }

    var users: [String: String] { state.withLock { $0.users } }
    var steps: [String] { state.withLock { $0.steps } }

    func fail(_ code: DatabaseError.Code?) {
        state.withLock { $0.failure = code.map { DatabaseError($0, "as the test wants it") } }
    }

    func step(_ name: String, _ change: (inout State) -> Void) throws(DatabaseError) {
        let failure = state.withLock { state -> DatabaseError? in
            state.steps.append(name)
            if state.conflicts > 0 {
                state.conflicts -= 1
                return DatabaseError(.conflict, "tuple concurrently updated")
            }
            if let failure = state.failure { return failure }
            change(&state)
            return state.losesAnswers && name != "connect"
                ? DatabaseError(.lost, "the connection was lost") : nil
        }
        if let failure { throw failure }
    }
}

struct FakeServer: DatabaseServer {
    static let pluginNames = ["fake-database-plugin"]
    static let fields: [Field] =
        [
            .string("connection_url", ""), .string("username", ""), .string("password", ""),
            .string("username_template", ""),
        ] + PoolBounds.fields
    static let secretFields = ["password"]
    static let defaultUsernameTemplate = "v-{{ .DisplayName }}-{{ .RoleName }}-{{ random 8 }}"
    static let maxUsernameBytes = 63
    static let credentialTypes = CredentialType.allCases

    let bounds: PoolBounds
    let rootUsername: String?
    private let database: FakeDatabase

    init(_ settings: FieldValues) throws(PluginError) {
        bounds = try PoolBounds(settings)
        guard let database = FakeDatabase.at(settings.string("connection_url") ?? "") else {
            throw PluginError(.invalidRequest, "no such database")
        }
        self.database = database
        rootUsername = settings.string("username")
    }

    func connect(password: String) throws(DatabaseError) -> any DatabaseSession {
        try database.step("connect") { _ in }
        guard database.users["root"] == password else {
            throw DatabaseError(.denied, "wrong password")
        }
        database.state.withLock { state in
            state.open += 1
            state.mostOpen = max(state.mostOpen, state.open)
        }
        return FakeSession(database: database)
    }
}

final class FakeSession: DatabaseSession {
    private let database: FakeDatabase
    private let isOpen = Mutex(true)

    init(database: FakeDatabase) { self.database = database }

    var isAlive: Bool { isOpen.withLock { $0 } }

    func verify() throws(DatabaseError) { try database.step("verify") { _ in } }

    func createUser(_ user: DatabaseUser, _ statements: [String]) throws(DatabaseError) {
        try database.step("create \(statements.joined())") {
            $0.users[user.name] = Self.text(user.credential)
            $0.expirations[user.name] = user.expiration
        }
    }

    func changeCredential(
        of name: String, to credential: Credential, _ statements: [String]
    ) throws(DatabaseError) {
        try database.step("change \(name)") { $0.users[name] = Self.text(credential) }
    }

    private static func text(_ credential: Credential) -> String {
        credential.placeholder(\.text).value
    }

    func renewUser(
        _ name: String, until expiration: Timestamp, _ statements: [String]
    ) throws(DatabaseError) {
        try database.step("renew \(statements.joined())") { $0.expirations[name] = expiration }
    }

    func dropUser(_ name: String, _ statements: [String]) throws(DatabaseError) {
        if database.state.withLock({ $0.refusesDrops }) {
            throw DatabaseError(.failed, "it has something here")
        }
        try database.step("drop \(statements.joined())") { $0.users[name] = nil }
    }

    func shutOut(_ name: String) throws(DatabaseError) -> Bool {
        try database.step("shut out") { $0.users[name] = "locked" }
        return true
    }

    func close() {
        let wasOpen = isOpen.withLock { isOpen in
            defer { isOpen = false }
            return isOpen
        }
        if wasOpen {
            database.state.withLock { state in
                state.open -= 1
                state.closed += 1
            }
        }
    }
}

/// A mount with the connection `db` to a fake database.
final class FakeMount: Sendable {
    let database = FakeDatabase()
    let harness: EngineHarness
    /// 2023-11-14T22:13:20Z, a Tuesday.
    static let start = Timestamp(seconds: 1_700_000_000)

    init(_ settings: JSONObject = [:], storage: MemoryStorage = MemoryStorage()) throws {
        harness = EngineHarness(Self.engine(), storage: storage)
        harness.now = Self.start
        try connect(settings)
    }

    static func engine() -> Engine {
        databaseEngine(
            DatabaseMount(
                MountConfiguration(
                    id: "m", defaultLeaseTTLSeconds: 3_600, maxLeaseTTLSeconds: 86_400),
                pools: SessionPools(), kinds: [FakeServer.self]))
    }

    /// The process is another one: nothing of what was in memory is there.
    func restart() { harness.replace(Self.engine()) }

    func connect(_ settings: JSONObject = [:]) throws {
        var body: JSONObject = [
            "plugin_name": "fake-database-plugin", "connection_url": .string(database.url),
            "username": "root", "password": .string(database.users["root"] ?? ""),
            "allowed_roles": "*",
        ]
        for (key, value) in settings.members { body[key] = value }
        try harness.call(.update, "config/db", .object(body))
    }

    func role(_ name: String = "app", _ settings: JSONObject = [:]) throws {
        var body: JSONObject = ["db_name": "db", "creation_statements": "make it"]
        for (key, value) in settings.members { body[key] = value }
        try harness.call(.update, "roles/\(name)", .object(body))
    }

    func pass(seconds: Int64) {
        harness.now = (harness.now ?? Self.start).adding(seconds: seconds)
    }
}
