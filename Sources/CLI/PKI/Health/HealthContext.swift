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

    /// Ends it all where there is nothing to look at. Whose token sees no mount may still read
    /// issuers, which need none.
    func requireMount() async throws {
        var found: JSONObject?
        do {
            found = try await readSystem("sys/internal/ui/mounts/\(mount)")
        } catch is HealthRefusal {}
        // The answer about a path below a mount is about that mount.
        if let path = found?["path"]?.stringValue, path != mount + "/" { found = nil }
        let type = found?["type"]?.stringValue
        if found != nil, type == nil || type == "pki" { return }
        do { if !(try await list("issuers")).isEmpty { return } } catch is HealthRefusal {}
        throw CommandError.client(
            type.map { "\(mount) is no PKI mount: it is one of type \($0)." }
                ?? "There is no PKI mount at \(mount), or the token may see nothing of it.")
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
