// What the reports of a namespace say of those below it, and nobody else's do.

import JSON
import Kernel
import KernelTesting
import Paths
import Testing

@Suite("reports over namespaces") struct NamespaceReportTests {
    private func make(_ server: TestCore, _ namespaces: [String]) async {
        for path in namespaces {
            let parent = path.split(separator: "/").dropLast().joined(separator: "/")
            let name = path.split(separator: "/").last.map(String.init) ?? ""
            let made = await server.call(.update, "sys/namespaces/\(name)", namespace: parent)
            #expect(made.status == 200)
        }
    }

    @Test("leases that could not be revoked are reported below a namespace only if asked for")
    func parked() async throws {
        let leases = try await LeaseServer()
        let server = leases.server
        await make(server, ["a", "a/sub", "b"])
        for namespace in ["a/sub", "b"] {
            let type = JSONValue.string(leases.desk.name)
            _ = await server.call(
                .update, "sys/mounts/db", ["type": type], namespace: namespace)
        }
        let secret = await server.call(.read, "db/creds/x", namespace: "a/sub")
        leases.desk.mood = .failing
        _ = await server.call(
            .update, "sys/leases/revoke", ["lease_id": .string(secret.leaseID)],
            namespace: "a/sub")
        func count(_ namespace: String, _ below: JSONValue) async -> JSONValue? {
            await server.call(
                .read, "sys/leases/count",
                ["type": "irrevocable", "include_child_namespaces": below], namespace: namespace
            ).data?["lease_count"]
        }
        await eventually("it is parked") { await count("a/sub", false) == 1 }
        for namespace in ["", "a"] {
            #expect(await count(namespace, false) == 0)
            #expect(await count(namespace, true) == 1)
        }
        #expect(await count("b", true) == 0)
        let list = await server.call(
            .read, "sys/leases", ["type": "irrevocable", "include_child_namespaces": true])
        let entry = try #require(list.data?["leases"]?.arrayValue?.first)
        #expect(entry["lease_id"] == .string(secret.leaseID))
        let mounts = await server.call(.read, "sys/mounts", namespace: "a/sub").data
        #expect(entry["mount_id"] == mounts?["db/"]?["accessor"])
        let metrics = await server.call(
            .read, "sys/metrics", ["format": "prometheus"])
        let text = metrics.data?.stringValue ?? ""
        #expect(text.contains("vault_expire_num_irrevocable_leases 1\n"))
    }

    @Test("users that are locked out are listed by namespace, of those below too")
    func lockedOut() async throws {
        let server = try await TestCore([UserLockoutTests.door])
        await make(server, ["a", "a/sub", "b"])
        for (namespace, users) in [("", ["ann"]), ("a/sub", ["ben", "cid"]), ("b", ["dan"])] {
            _ = await server.call(
                .update, "sys/auth/door",
                ["type": "door", "config": ["user_lockout_config": ["lockout_threshold": 1]]],
                namespace: namespace)
            for user in users {
                _ = await server.call(
                    .update, "auth/door/login/\(user)", ["password": "wrong"], token: "",
                    namespace: namespace)
            }
        }
        func listed(_ namespace: String) async -> [[JSONValue?]] {
            let data = await server.call(.read, "sys/locked-users", namespace: namespace).data
            return (data?["by_namespace"]?.arrayValue ?? []).map {
                [$0["namespace_path"], $0["counts"]]
            }
        }
        #expect(await listed("b") == [["b/", 1]])
        #expect(await listed("a") == [["a/sub/", 2]])
        let all = await listed("")
        #expect(all.first == ["a/sub/", 2])
        #expect(all.count == 3)
        let data = await server.call(.read, "sys/locked-users", namespace: "b").data
        let made = await server.call(.read, "sys/namespaces/b").data
        #expect(data?["by_namespace"]?[0]?["namespace_id"] == made?["id"])
        // After a restart nobody has read the namespaces' tables yet.
        try await eventually("the locks are stored") {
            try server.storedKeys().filter { $0.contains("/lockout/") }.count == 4
        }
        try await server.core.seal()
        for share in server.shares { try await server.core.unseal(share: share) }
        #expect(await listed("").count == 3)
        #expect(await server.call(.read, "sys/locked-users").data?["total"] == 4)
    }

    @Test("tokens and entities are counted with those of the namespaces below")
    func counters() async throws {
        let server = try await TestCore([.echo])
        await make(server, ["a", "a/sub", "b"])
        for namespace in ["", "a/sub"] {
            _ = await server.call(
                .update, "auth/token/create", ["policies": ["default"]], namespace: namespace)
            _ = await server.call(
                .update, "identity/entity", ["name": "e"], namespace: namespace)
        }
        func count(_ kind: String, _ name: String, _ namespace: String) async -> Int? {
            await server.call(.read, "sys/internal/counters/\(kind)", namespace: namespace)
                .data?["counters"]?[name]?["total"]?.intValue
        }
        #expect(await count("tokens", "service_tokens", "") == 3)
        #expect(await count("tokens", "service_tokens", "a") == 1)
        #expect(await count("tokens", "service_tokens", "b") == 0)
        #expect(await count("entities", "entities", "") == 2)
        #expect(await count("entities", "entities", "a") == 1)
        #expect(await count("entities", "entities", "b") == 0)
    }
}
