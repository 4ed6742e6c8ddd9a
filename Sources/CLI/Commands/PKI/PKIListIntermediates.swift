// `coffer pki list-intermediates`: which issuers another has signed.

import Certificates
import JSON

extension Command {
    static let pkiListIntermediates = Command(
        "pki list-intermediates", "Lists the issuers that another has signed",
        usage: "[options] PARENT [CHILD...]",
        about: """
            Says of issuers whether PARENT has signed them; all are named by their paths. Without \
            CHILD it looks at every issuer of every PKI mount that the token may see.
            """,
        examples: [
            Example(
                "What a root has signed:", "coffer pki list-intermediates pki-root/issuer/default")
        ],
        takes: .atLeast(1)
    ) { call in
        let client = try call.client()
        let parentPath = APIPath.sanitized(call.arguments[0])
        let parent = try await call.issuer(parentPath, client)
        var children = call.arguments.dropFirst().map { APIPath.sanitized($0) }
        if children.isEmpty { children = try await call.allIssuers(client) }
        var matches = JSONObject()
        for path in children where path != parentPath {
            let child = try await call.issuer(path, client)
            if child.certificate.der == parent.certificate.der { continue }
            matches[path] = .bool(IssuerMatch(parent, child).trust)
        }
        try call.output.data(matches)
        return .success
    }
}

extension Invocation {
    fileprivate func allIssuers(_ client: APIClient) async throws -> [String] {
        let mounts = try await during("Error listing secrets engines") {
            try await client.send(.get("sys/mounts"))
        }
        var paths: [String] = []
        for (mount, about) in mounts?.data?.members ?? []
        where about["type"]?.stringValue == "pki" {
            let base = APIPath.sanitized(mount)
            let issuers = try await during("Error listing \(base)/issuers") {
                try await client.send(.list("\(base)/issuers"))
            }
            let ids = (issuers?.data?["keys"]?.arrayValue ?? []).compactMap(\.stringValue)
            paths += ids.map { "\(base)/issuer/\($0)" }
        }
        return paths
    }
}
