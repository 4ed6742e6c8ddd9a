// A core with two tenants and one of them with a part of its own.

import JSON
import KernelTesting
import Paths
import Testing

struct Tenants {
    let server: TestCore

    /// `a/`, `a/sub/` and `b/`, each with a store at `kv/`.
    init(_ types: [FakeEngineType] = [.echo, .store]) async throws {
        server = try await TestCore(types)
        for path in ["a", "b"] { try await make(path) }
        try await make("sub", in: "a")
        for namespace in ["a", "a/sub", "b"] {
            try await expect(
                204, .update, "sys/mounts/kv", ["type": "store"], in: namespace)
        }
    }

    func make(_ path: String, in parent: String = "") async throws {
        try await expect(200, .update, "sys/namespaces/\(path)", in: parent)
    }

    @discardableResult
    func expect(
        _ status: Int, _ operation: Paths.Operation, _ path: String, _ body: JSONValue? = nil,
        in namespace: String = "", token: String? = nil, wrapTTL: UInt64? = nil,
        _ location: SourceLocation = #_sourceLocation
    ) async throws -> TestResponse {
        let response = await server.call(
            operation, path, body, token: token, namespace: namespace, wrapTTL: wrapTTL)
        #expect(response.status == status, "\(response.errors)", sourceLocation: location)
        return response
    }

    /// A token of a namespace, with a policy of that name there.
    func token(
        in namespace: String, policy: String, _ more: JSONObject = [:]
    ) async throws -> String {
        let name = "p\(abs(policy.hashValue))"
        try await expect(
            204, .update, "sys/policies/acl/\(name)", ["policy": .string(policy)], in: namespace)
        var body = more
        body["policies"] = [.string(name)]
        return try await expect(
            200, .update, "auth/token/create", .object(body), in: namespace
        ).requireToken()
    }

    /// The id that clients see.
    func id(of namespace: String) async throws -> String {
        let parts = namespace.split(separator: "/").map(String.init)
        let answer = await server.call(
            .read, "sys/namespaces/\(parts.last ?? "")",
            namespace: parts.dropLast().joined(separator: "/"))
        return try #require(answer.data?["id"]?.stringValue)
    }
}

/// Policy that allows everything below a path.
func everything(_ path: String) -> String {
    """
    path "\(path)" {
        capabilities = ["create", "read", "update", "patch", "delete", "list", "sudo"]
    }
    """
}
