// An administrator takes a namespace out of service and gives it back.

import JSON
import KernelTesting
import Paths
import Testing

@Suite("locking namespaces") struct NamespaceLockTests {
    @Test("a locked namespace and those below it answer 503, and others go on") func lock()
        async throws
    {
        let tenants = try await Tenants()
        let locked = try await tenants.expect(200, .update, "sys/namespaces/api-lock/lock", in: "a")
        let key = try #require(locked.data?["unlock_key"]?.stringValue)
        for namespace in ["a", "a/sub"] {
            let refused = try await tenants.expect(503, .read, "kv/x", in: namespace)
            #expect(refused.errors.first?.contains("\"a/\" must be unlocked") == true)
        }
        try await tenants.expect(404, .read, "kv/x", in: "b")
        try await tenants.expect(200, .read, "sys/mounts")
        try await tenants.expect(
            403, .update, "sys/namespaces/api-lock/unlock", ["unlock_key": "wrong"], in: "a")
        try await tenants.expect(
            204, .update, "sys/namespaces/api-lock/unlock", ["unlock_key": .string(key)],
            in: "a")
        try await tenants.expect(404, .read, "kv/x", in: "a/sub")
    }

    @Test("a namespace is locked and unlocked from above") func fromAbove() async throws {
        let tenants = try await Tenants()
        try await tenants.expect(200, .update, "sys/namespaces/api-lock/lock/a/sub")
        try await tenants.expect(503, .read, "kv/x", in: "a/sub")
        try await tenants.expect(404, .read, "kv/x", in: "a")
        try await tenants.expect(400, .update, "sys/namespaces/api-lock/lock/a/sub")
        // A root token needs no key.
        try await tenants.expect(204, .update, "sys/namespaces/api-lock/unlock/a/sub")
        try await tenants.expect(404, .read, "kv/x", in: "a/sub")
    }

    @Test("who is not root needs the key, and the lock above comes first") func order() async throws
    {
        let tenants = try await Tenants()
        let admin = try await tenants.token(in: "a", policy: everything("*"))
        try await tenants.expect(
            200, .update, "sys/namespaces/api-lock/lock", in: "a/sub", token: admin)
        try await tenants.expect(
            400, .update, "sys/namespaces/api-lock/unlock", in: "a/sub", token: admin)
        try await tenants.expect(200, .update, "sys/namespaces/api-lock/lock", in: "a")
        try await tenants.expect(
            400, .update, "sys/namespaces/api-lock/unlock", in: "a/sub")
        try await tenants.expect(204, .update, "sys/namespaces/api-lock/unlock", in: "a")
        try await tenants.expect(503, .read, "kv/x", in: "a/sub")
        try await tenants.expect(404, .read, "kv/x", in: "a")
    }

    @Test("a lock is there after a restart, and the root namespace has none") func restart()
        async throws
    {
        let tenants = try await Tenants()
        try await tenants.expect(400, .update, "sys/namespaces/api-lock/lock")
        try await tenants.expect(200, .update, "sys/namespaces/api-lock/lock/a")
        let next = try await tenants.server.restarted([.echo, .store])
        #expect(await next.call(.read, "kv/x", namespace: "a/sub").status == 503)
    }

    @Test("nobody unlocks another tenant's namespace") func foreign() async throws {
        let tenants = try await Tenants()
        let admin = try await tenants.token(in: "b", policy: everything("*"))
        let locked = try await tenants.expect(200, .update, "sys/namespaces/api-lock/lock", in: "a")
        let key = try #require(locked.data?["unlock_key"])
        try await tenants.expect(
            403, .update, "sys/namespaces/api-lock/unlock", ["unlock_key": key], in: "a",
            token: admin)
        try await tenants.expect(
            404, .update, "sys/namespaces/api-lock/unlock/a", ["unlock_key": key], in: "b",
            token: admin)
        try await tenants.expect(503, .read, "kv/x", in: "a")
    }
}
