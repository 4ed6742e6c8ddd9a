// A mount of the engine in memory, spoken to as a client would: operation, path and JSON in, status
// and JSON out.

import Clock
import Cryptography
import JSON
import Paths
import PluginSDK
import PluginTesting
import Testing

@testable import Transit

final class TransitHarness: Sendable {
    let harness: EngineHarness

    init(storage: MemoryStorage = MemoryStorage()) throws {
        harness = EngineHarness(transitEngine(), storage: storage)
        harness.now = Timestamp(seconds: 1_700_000_000)
        harness.prefetches = true
        try harness.initialize()
    }

    struct Reply: Sendable {
        var status: Int
        var body: JSONValue?
        var error: String?
        var warnings: [String] = []

        subscript(_ path: String...) -> JSONValue? {
            path.reduce(body) { value, key in value?[key] }
        }

        func text(_ key: String) -> String { body?[key]?.stringValue ?? "" }

        var results: [JSONValue] { body?["batch_results"]?.arrayValue ?? [] }
    }

    @discardableResult
    func call(_ operation: Paths.Operation, _ path: String, _ data: JSONValue? = nil) -> Reply {
        do {
            let answer = try harness.call(operation, path, data)
            let isQuestion = operation == .read || operation == .list
            let usual = answer.data.isEmpty ? (isQuestion ? 404 : 204) : 200
            return Reply(
                status: answer.status ?? usual,
                body: answer.data.isEmpty ? nil : try JSONValue(parsing: answer.data),
                warnings: answer.warnings)
        } catch let error as PluginError {
            return Reply(status: error.code == .invalidRequest ? 400 : 500, error: error.message)
        } catch {
            Issue.record("unexpected error: \(error)")
            return Reply(status: 500)
        }
    }

    func get(_ path: String) -> Reply { call(.read, path) }

    @discardableResult
    func post(_ path: String, _ data: JSONValue = [:]) -> Reply { call(.update, path, data) }

    @discardableResult
    func make(_ name: String, _ type: String = "aes256-gcm96", _ more: JSONValue = [:]) -> Reply {
        var data = more
        data["type"] = .string(type)
        return call(.create, "keys/\(name)", data)
    }

    /// The ciphertext of a text.
    func encrypt(_ name: String, _ text: String, _ more: JSONValue = [:]) -> String {
        var data = more
        data["plaintext"] = .string(base64(text))
        return post("encrypt/\(name)", data).text("ciphertext")
    }

    /// The text of a ciphertext, nil if it does not open.
    func decrypt(_ name: String, _ ciphertext: String, _ more: JSONValue = [:]) -> String? {
        var data = more
        data["ciphertext"] = .string(ciphertext)
        let reply = post("decrypt/\(name)", data)
        guard reply.status == 200, let bytes = Base64.decode(reply.text("plaintext")) else {
            return nil
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    func advance(seconds: Int64) {
        harness.now = harness.now?.adding(seconds: seconds)
    }
}

func base64(_ text: String) -> String { Base64.encode(Array(text.utf8)) }

func check(
    _ reply: TransitHarness.Reply, status: Int, error: String? = nil,
    _ location: SourceLocation = #_sourceLocation
) {
    #expect(reply.status == status, sourceLocation: location)
    #expect(reply.error == error, sourceLocation: location)
}
