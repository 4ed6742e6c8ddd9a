// A mount of the engine in memory, spoken to as a client would: operation, path and JSON in, status
// and JSON out.

import Clock
import JSON
import Paths
import PluginSDK
import PluginTesting
import Testing

@testable import KV

final class KVMount: Sendable {
    let harness: EngineHarness

    /// `version` is the mount's option; a mount of version 2 is ready for requests.
    init(version: String? = "2") throws {
        harness = EngineHarness(try Self.engine(version: version))
        harness.now = Self.start
        if version == "2" { try harness.initialize() }
    }

    /// 2023-11-14T22:13:20Z
    static let start = Timestamp(seconds: 1_700_000_000)

    static func engine(version: String?) throws -> Engine {
        try KVPlugin().engine(
            for: MountConfiguration(
                options: version.map { ["version": $0] } ?? [:],
                defaultLeaseTTLSeconds: 2_764_800, maxLeaseTTLSeconds: 2_764_800))
    }

    /// The mount's option changes: another engine gets the same storage.
    func retune(version: String) throws {
        harness.replace(try Self.engine(version: version))
    }

    func initialize() throws { try harness.initialize() }

    var storage: MemoryStorage { harness.storage }

    /// Runs once, when the next request is about to commit: the place of a concurrent writer.
    func beforeNextCommit(_ body: @escaping @Sendable () throws -> Void) {
        storage.beforeNextCommit { _ in
            do { try body() } catch { Issue.record(error) }
        }
    }

    struct Reply: Sendable {
        var status: Int
        var body: JSONValue?
        var text: String?
        var error: String?
        var warnings: [String] = []
        var leaseSeconds: UInt64 = 0

        subscript(_ path: String...) -> JSONValue? {
            path.reduce(body) { value, key in value?[key] }
        }
    }

    @discardableResult
    func call(_ operation: Paths.Operation, _ path: String, _ json: String = "") -> Reply {
        do {
            let answer = try harness.call(operation, path, bytes: Array(json.utf8))
            let text = answer.data.isEmpty ? nil : String(decoding: answer.data, as: UTF8.self)
            let isEmpty = text == nil && answer.warnings.isEmpty
            let isQuestion = operation == .read || operation == .list
            let status = answer.status ?? (isEmpty ? (isQuestion ? 404 : 204) : 200)
            return Reply(
                status: status,
                body: try text.map {
                    try JSONValue(parsing: Array($0.utf8), limits: .unlimitedMembers)
                },
                text: text, warnings: answer.warnings, leaseSeconds: answer.leaseDurationSeconds)
        } catch let error as PluginError {
            return Reply(status: Self.status(of: error.code), error: error.message)
        } catch {
            Issue.record("unexpected error: \(error)")
            return Reply(status: 500)
        }
    }

    private static func status(of code: FailureCode) -> Int {
        switch code {
        case .invalidRequest: 400
        case .permissionDenied: 403
        case .notFound, .unsupportedPath: 404
        case .unsupportedOperation: 405
        case .unavailable: 503
        default: 500
        }
    }

    func get(_ path: String, version: Int? = nil) -> Reply {
        call(.read, path, version.map { "{\"version\":\"\($0)\"}" } ?? "")
    }

    @discardableResult
    func post(_ path: String, _ json: String) -> Reply { call(.update, path, json) }

    /// Writes `{"n": n}` for each number, so that version n holds n.
    func write(_ path: String, versions: ClosedRange<Int>) {
        for number in versions { post("data/\(path)", "{\"data\":{\"n\":\(number)}}") }
    }

    /// The keys of the entries in storage.
    var storedKeys: Set<String> { Set(storage.keys) }

    var now: Timestamp {
        get { harness.now ?? Self.start }
        set { harness.now = newValue }
    }

    func advance(seconds: Int64) { now = now.adding(seconds: seconds) }
}

func check(
    _ reply: KVMount.Reply, status: Int, error: String? = nil,
    _ location: SourceLocation = #_sourceLocation
) {
    #expect(reply.status == status, sourceLocation: location)
    #expect(reply.error == error, sourceLocation: location)
}
