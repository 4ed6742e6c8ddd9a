import Cryptography
import JSON
import Kernel
import KernelTesting
import Paths
import Testing

@Suite struct PolicyStoreTests {
    @Test("a policy is written, read, listed and deleted, by both of its endpoints")
    func life() async throws {
        let server = try await TestCore()
        let text = "path \"a\" { capabilities = [\"read\"] }"
        #expect(
            await server.call(.update, "sys/policy/Team/App", ["policy": .string(text)]).status
                == 204)
        let read = await server.call(.read, "sys/policies/acl/team/app").data
        #expect(read?["name"] == "team/app")
        #expect(read?["policy"] == .string(text))
        #expect(await server.call(.read, "sys/policy/team/app").data?["rules"] == .string(text))
        #expect(
            await server.call(.list, "sys/policies/acl/").data?["keys"] == [
                "default", "root", "team/app",
            ])
        #expect(
            await server.call(.read, "sys/policy").data?["policies"] == [
                "default", "root", "team/app",
            ])
        #expect(await server.call(.delete, "sys/policies/acl/team/app").status == 204)
        #expect(await server.call(.read, "sys/policies/acl/team/app").status == 404)
    }

    @Test("base64 is taken too") func base64() async throws {
        let server = try await TestCore()
        let text = "path \"a\" { capabilities = [\"read\"] }"
        _ = await server.call(
            .update, "sys/policies/acl/a", ["policy": .string(Base64.encode(Array(text.utf8)))])
        #expect(await server.call(.read, "sys/policies/acl/a").data?["policy"] == .string(text))
    }

    @Test("a text that does not parse says where, and replaces nothing")
    func malformed() async throws {
        let server = try await TestCore()
        await server.policy("a", "path \"a\" { capabilities = [\"read\"] }")
        let response = await server.call(
            .update, "sys/policies/acl/a", ["policy": "path \"a\" {\n  capabilities = [\"fly\"]\n}"]
        )
        #expect(response.status == 400)
        #expect(response.errors.first?.contains("2:") == true)
        #expect(
            await server.call(.read, "sys/policies/acl/a").data?["policy"]?.stringValue?.contains(
                "read") == true)
    }

    @Test("root and default stay") func builtIns() async throws {
        let server = try await TestCore()
        let text: JSONValue = ["policy": "path \"a\" { capabilities = [\"read\"] }"]
        #expect(await server.call(.update, "sys/policies/acl/root", text).status == 400)
        #expect(await server.call(.delete, "sys/policies/acl/root").status == 400)
        #expect(await server.call(.delete, "sys/policies/acl/default").status == 400)
        #expect(await server.call(.update, "sys/policies/acl/default", text).status == 204)
    }

    @Test("a changed policy holds at the next request of tokens that have it")
    func takesEffect() async throws {
        let server = try await TestCore()
        _ = await server.call(.update, "sys/mounts/echo", ["type": "echo"])
        let token = try await server.token(["later"])
        #expect(await server.call(.read, "echo/a", token: token).status == 403)
        await server.policy("later", "path \"echo/*\" { capabilities = [\"read\"] }")
        #expect(await server.call(.read, "echo/a", token: token).status == 200)
        _ = await server.call(.delete, "sys/policies/acl/later")
        #expect(await server.call(.read, "echo/a", token: token).status == 403)
    }
}
