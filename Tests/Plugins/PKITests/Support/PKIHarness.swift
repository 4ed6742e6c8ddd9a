// A mount of the engine in memory, spoken to as a client would: operation, path and JSON in, status
// and JSON out.

import Certificates
import Clock
import Cryptography
import JSON
import Paths
import PluginSDK
import PluginTesting
import Testing

@testable import PKI

final class PKIHarness: Sendable {
    let harness: EngineHarness

    init(storage: MemoryStorage = MemoryStorage(), maxTTL: UInt64 = 10 * 365 * 86_400) throws {
        harness = EngineHarness(
            pkiEngine(
                MountConfiguration(
                    defaultLeaseTTLSeconds: 30 * 86_400, maxLeaseTTLSeconds: maxTTL)),
            storage: storage)
        harness.now = Timestamp(seconds: 1_800_000_000)
        harness.prefetches = true
        try harness.initialize()
    }

    struct Reply: Sendable {
        var status: Int
        var body: JSONValue?
        var error: String?
        var warnings: [String] = []
        var raw: RawBody?
        var lease: LeaseGrant?
        var headers: [TextPair] = []

        subscript(_ key: String) -> JSONValue? { body?[key] }

        func text(_ key: String) -> String { body?[key]?.stringValue ?? "" }

        func texts(_ key: String) -> [String] {
            (body?[key]?.arrayValue ?? []).compactMap(\.stringValue)
        }

        /// The certificate under a key.
        func certificate(_ key: String = "certificate") throws -> Certificate {
            let blocks = try #require(PEM.decode(text(key)), "\(error ?? "no PEM")")
            return try Certificate(der: try #require(blocks.first).der)
        }
    }

    @discardableResult
    func call(_ operation: Paths.Operation, _ path: String, _ data: JSONValue? = nil) -> Reply {
        do {
            let answer = try harness.call(operation, path, data)
            let isQuestion = operation == .read || operation == .list
            let usual = answer.data.isEmpty ? (isQuestion ? 404 : 204) : 200
            return Reply(
                status: answer.status ?? (answer.raw.map { Int($0.status) } ?? usual),
                body: answer.data.isEmpty ? nil : try JSONValue(parsing: answer.data),
                warnings: answer.warnings, raw: answer.raw, lease: answer.lease,
                headers: answer.headers)
        } catch let error as PluginError {
            let status =
                switch error.code {
                case .invalidRequest: 400
                case .notFound, .unsupportedPath: 404
                default: 500
                }
            return Reply(status: status, error: error.message)
        } catch {
            Issue.record("unexpected error: \(error)")
            return Reply(status: 500)
        }
    }

    func get(_ path: String) -> Reply { call(.read, path) }
    func list(_ path: String) -> Reply { call(.list, path) }

    @discardableResult
    func post(_ path: String, _ data: JSONValue = [:]) -> Reply { call(.update, path, data) }

    /// A root, on a curve since that is quick.
    @discardableResult
    func root(_ name: String = "Root", _ more: JSONValue = [:]) -> Reply {
        var data = more
        if data["key_type"] == nil { data["key_type"] = "ec" }
        data["common_name"] = .string(name)
        if data["ttl"] == nil { data["ttl"] = "87600h" }
        return post("root/generate/internal", data)
    }

    /// A role for names below example.com.
    @discardableResult
    func role(_ name: String = "web", _ more: JSONValue = [:]) -> Reply {
        var data: JSONValue = [
            "allowed_domains": ["example.com"], "allow_subdomains": true, "key_type": "ec",
            "ttl": "24h", "max_ttl": "72h",
        ]
        for (key, value) in more.objectValue?.members ?? [] { data[key] = value }
        return post("roles/\(name)", data)
    }

    func issue(_ name: String, role: String = "web", _ more: JSONValue = [:]) -> Reply {
        var data = more
        data["common_name"] = .string(name)
        return post("issue/\(role)", data)
    }

    /// What the engine does when it is woken; says when it wants to be woken next.
    func wake() throws -> UInt64 { try harness.call(.wake, "").wakeSeconds }

    func advance(seconds: Int64) { harness.now = harness.now?.adding(seconds: seconds) }
}

func csr(
    _ name: String, key: PrivateKey? = nil, _ extensions: [CertificateExtension] = []
) throws -> JSONValue {
    let key = try key ?? PrivateKey.generate(.p256)
    var subject = DistinguishedName()
    subject.append(.commonName, [name])
    let der = try SigningRequest.sign(subject: subject.der, extensions: extensions, with: key)
    return .string(PEM.encode("CERTIFICATE REQUEST", der))
}

func check(
    _ reply: PKIHarness.Reply, status: Int, error: String? = nil,
    _ location: SourceLocation = #_sourceLocation
) {
    #expect(reply.status == status, "\(reply.error ?? "")", sourceLocation: location)
    if let error {
        #expect(
            reply.error?.contains(error) == true, "\(reply.error ?? "no error")",
            sourceLocation: location)
    }
}
