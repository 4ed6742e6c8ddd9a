// A mount of the method in memory, spoken to as a client would.

import Clock
import JSON
import Paths
import PluginSDK
import PluginTesting
import Testing

@testable import AppRole

final class AppRoleHarness: Sendable {
    let harness: EngineHarness

    /// A mount whose leases live at most ten days.
    init(storage: MemoryStorage = MemoryStorage()) throws {
        harness = try EngineHarness(
            AppRolePlugin(), MountConfiguration(maxLeaseTTLSeconds: 10 * 24 * 3600),
            storage: storage)
        harness.now = Timestamp(seconds: 1_700_000_000)
    }

    /// What a call comes to: its answer, or the code and text of its failure.
    struct Reply: Sendable {
        var answer: Answer?
        var failure: PluginError?

        var json: JSONValue { (try? answer?.json) ?? .null }
        subscript(_ name: String) -> JSONValue? { json[name] }
        var auth: AuthGrant? { answer?.auth }
        var error: String { failure?.message ?? "" }
    }

    @discardableResult
    func call(_ operation: Paths.Operation, _ path: String, _ data: JSONValue? = nil) -> Reply {
        do {
            return Reply(answer: try harness.call(operation, path, data))
        } catch { return Reply(failure: error as? PluginError) }
    }

    func get(_ path: String) -> Reply { call(.read, path) }
    @discardableResult
    func post(_ path: String, _ data: JSONValue = [:]) -> Reply { call(.update, path, data) }

    func list(_ path: String) -> [String] {
        call(.list, path)["keys"]?.arrayValue?.compactMap(\.stringValue) ?? []
    }

    /// Makes a role and answers its id.
    @discardableResult
    func role(_ name: String = "ci", _ data: JSONValue = [:]) throws -> String {
        let made = call(.create, "role/\(name)", data)
        #expect(made.failure == nil, "\(made.error)")
        return try #require(get("role/\(name)/role-id")["role_id"]?.stringValue)
    }

    /// Makes a secret id; the answer has its accessor too.
    func secretID(
        _ name: String = "ci", _ data: JSONValue = [:]
    ) throws -> (secret: String, accessor: String) {
        let made = post("role/\(name)/secret-id", data)
        return (
            try #require(made["secret_id"]?.stringValue, "\(made.error)"),
            try #require(made["secret_id_accessor"]?.stringValue)
        )
    }

    func login(_ roleID: String, _ secretID: String? = nil) -> Reply {
        var data: JSONObject = ["role_id": .string(roleID)]
        if let secretID { data["secret_id"] = .string(secretID) }
        return post("login", .object(data))
    }

    func advance(seconds: Int64) {
        harness.now = harness.now?.adding(seconds: seconds)
    }
}
