// What the checks read of a mount. Each thing is asked for once, however many checks look at it.

import Certificates
import JSON

actor HealthContext {
    nonisolated let mount: String
    nonisolated let now: CertificateTime
    private let client: APIClient
    private var known: [APIRequestKey: Answer] = [:]

    private enum Answer {
        case data(JSONObject?)
        case refused(HealthStatus, String)
    }

    private struct APIRequestKey: Hashable {
        let path: String
        let isList: Bool
    }

    init(mount: String, client: APIClient, now: CertificateTime) {
        self.mount = mount
        self.client = client
        self.now = now
    }

    nonisolated func endpoint(_ path: String) -> String { "/\(mount)/\(path)" }

    /// A path below the mount; nil if there is nothing at it.
    func read(_ path: String) async throws -> JSONObject? {
        try await data(APIRequestKey(path: "\(mount)/\(path)", isList: false))
    }

    func readSystem(_ path: String) async throws -> JSONObject? {
        try await data(APIRequestKey(path: path, isList: false))
    }

    func list(_ path: String) async throws -> [String] {
        let data = try await data(APIRequestKey(path: "\(mount)/\(path)", isList: true))
        return (data?["keys"]?.arrayValue ?? []).compactMap(\.stringValue).sortedByBytes
    }

    /// What is of use and not needed.
    func readIfAllowed(_ path: String) async throws -> JSONObject? {
        do { return try await read(path) } catch is HealthRefusal { return nil }
    }

    private func data(_ key: APIRequestKey) async throws -> JSONObject? {
        let answer: Answer
        if let before = known[key] {
            answer = before
        } else {
            answer = try await ask(key)
            known[key] = answer
        }
        switch answer {
        case .data(let data): return data
        case .refused(let status, let message):
            throw HealthRefusal(status, "/" + key.path, message)
        }
    }

    /// Only what an answer of the server says about this path is a finding; the rest ends it all.
    private func ask(_ key: APIRequestKey) async throws -> Answer {
        do {
            let secret =
                key.isList ? try await client.list(key.path) : try await client.read(key.path)
            return .data(secret?.data)
        } catch let error as ServerError {
            let reason = error.errors.joined(separator: "; ")
            switch error.status {
            case 403:
                return .refused(
                    .insufficientPermissions,
                    "The token may not \(key.isList ? "list" : "read") this path.")
            case 404, 405, 501:
                return .refused(.invalidVersion, "The server does not have this path. \(reason)")
            case 400: return .refused(.notApplicable, reason)
            default:
                throw CommandError.client(
                    "Error reading \(key.path): \(error.description)")
            }
        } catch let error as TransportError {
            throw CommandError.client("Error reading \(key.path): \(error.description)")
        }
    }
}

extension HealthContext {
    /// The issuers of the mount; a check that needs one ends where there is none.
    func issuers() async throws -> [StoredIssuer] {
        let ids = try await list("issuers")
        guard !ids.isEmpty else {
            throw HealthRefusal(.notApplicable, endpoint("issuers"), "The mount has no issuers.")
        }
        var issuers: [StoredIssuer] = []
        for id in ids {
            let path = "issuer/\(id)/json"
            guard let data = try await read(path) else { continue }
            issuers.append(try StoredIssuer(path: "issuer/\(id)", data: data))
        }
        return issuers
    }

    func roles() async throws -> [(name: String, role: JSONObject)] {
        let names = try await list("roles")
        guard !names.isEmpty else {
            throw HealthRefusal(.notApplicable, endpoint("roles"), "The mount has no roles.")
        }
        var roles: [(name: String, role: JSONObject)] = []
        for name in names {
            if let role = try await read("roles/\(name)") { roles.append((name, role)) }
        }
        return roles
    }
}

extension StoredIssuer {
    var isRoot: Bool { certificate.isSelfIssued && certificate.isSigned(by: certificate) }
}
