import JSON
import Kernel
import KernelTesting
import Paths
import Testing

@Suite struct TokenRoleTests {
    /// A server with a caller that may use any role and has no other right.
    private func server() async throws -> (TestCore, String) {
        let server = try await TestCore()
        await server.policy(
            "caller", "path \"auth/token/create/*\" { capabilities = [\"update\"] }")
        return (server, try await server.token(["caller"]))
    }

    private func role(_ server: TestCore, _ name: String, _ body: JSONValue) async -> TestResponse {
        await server.call(.update, "auth/token/roles/\(name)", body)
    }

    private func create(
        _ server: TestCore, _ token: String, _ body: JSONValue = [:], role: String = "r"
    ) async -> TestResponse {
        await server.call(.update, "auth/token/create/\(role)", body, token: token)
    }

    @Test("a role shows what it was written with, and keeps what a later write leaves out")
    func written() async throws {
        let (server, _) = try await server()
        #expect(
            await role(
                server, "r",
                [
                    "allowed_policies": "A,b", "orphan": true, "token_period": "1h",
                    "token_bound_cidrs": ["10.0.0.0/8"], "path_suffix": "some/where",
                ]
            ).status == 204)
        _ = await role(server, "r", ["renewable": false, "explicit_max_ttl": 60])
        let data = await server.call(.read, "auth/token/roles/r").data
        #expect(data?["allowed_policies"] == ["a", "b"])
        #expect(data?["orphan"] == true)
        #expect(data?["renewable"] == false)
        #expect(data?["period"] == 3600)
        #expect(data?["token_period"] == 3600)
        #expect(data?["token_explicit_max_ttl"] == 60)
        #expect(data?["token_bound_cidrs"] == ["10.0.0.0/8"])
        #expect(data?["path_suffix"] == "some/where")
        #expect(data?["token_type"] == "default-service")
        #expect(await server.call(.list, "auth/token/roles/").data?["keys"] == ["r"])
        #expect(await server.call(.delete, "auth/token/roles/r").status == 204)
        #expect(await server.call(.read, "auth/token/roles/r").status == 404)
        #expect(await server.call(.list, "auth/token/roles/").status == 404)
    }

    @Test("a role gives policies that its caller does not have, and no others")
    func allowed() async throws {
        let (server, caller) = try await server()
        _ = await role(
            server, "r", ["allowed_policies": "x,y", "allowed_policies_glob": ["team-*-read"]])
        #expect(await create(server, caller).auth?["policies"] == ["default", "x", "y"])
        #expect(
            await create(server, caller, ["policies": ["x"]]).auth?["policies"] == ["default", "x"])
        #expect(await create(server, caller, ["policies": ["team-a-read"]]).status == 200)
        for refused in ["z", "team-a-write", "caller", "root", " root", "Root"] {
            #expect(await create(server, caller, ["policies": [.string(refused)]]).status == 400)
        }
    }

    @Test("a disallowed policy is refused, also where it would come from the caller")
    func disallowed() async throws {
        let (server, caller) = try await server()
        _ = await role(
            server, "r", ["disallowed_policies": "default", "disallowed_policies_glob": "ad*"])
        let plain = await create(server, caller, ["policies": ["x"]])
        #expect(plain.auth?["policies"] == ["x"])
        let admin = await create(server, caller, ["policies": ["admin"]])
        #expect(admin.errors == ["token policy \"admin\" is disallowed by this role"])
        // The caller's own policies are default and caller.
        #expect(await create(server, caller).status == 400)
    }

    @Test("a glob in a role makes nobody root")
    func globIsNotRoot() async throws {
        let (server, caller) = try await server()
        _ = await role(server, "r", ["allowed_policies_glob": "*"])
        let refused = await create(server, caller, ["policies": ["root"]])
        #expect(
            refused.errors == [
                "root tokens may not be created without parent token being root"
            ])
    }

    @Test("a role that says nothing of policies leaves the caller's rules in force")
    func silent() async throws {
        let (server, caller) = try await server()
        _ = await role(server, "r", ["orphan": true, "path_suffix": "jobs"])
        #expect(await create(server, caller, ["policies": ["x"]]).status == 400)
        let auth = await create(server, caller).auth
        #expect(auth?["orphan"] == true)
        let data = await server.call(
            .update, "auth/token/lookup", ["token": auth?["client_token"] ?? .null]
        ).data
        #expect(data?["path"] == "auth/token/create/r/jobs")
        #expect(data?["role"] == "r")
    }

    @Test("of what the role and the request say, the lesser counts") func lesser() async throws {
        let (server, caller) = try await server()
        _ = await role(
            server, "r",
            ["token_explicit_max_ttl": 100, "token_num_uses": 5, "renewable": false])
        let wide = await create(server, caller, ["explicit_max_ttl": 500, "num_uses": 50])
        #expect(wide.auth?["lease_duration"] == 100)
        #expect(wide.auth?["num_uses"] == 5)
        #expect(wide.auth?["renewable"] == false)
        let narrow = await create(server, caller, ["explicit_max_ttl": 10, "num_uses": 2])
        #expect(narrow.auth?["lease_duration"] == 10)
        #expect(narrow.auth?["num_uses"] == 2)
    }

    @Test("a renewal follows the role as it is now, and never beyond the token's own maximum")
    func renewal() async throws {
        let (server, caller) = try await server()
        _ = await role(server, "r", ["token_period": 100])
        let token = try await create(server, caller).requireToken()
        _ = await role(server, "r", ["token_period": 50])
        let renewed = await server.call(.update, "auth/token/renew-self", token: token)
        #expect(renewed.auth?["lease_duration"] == 50)
        let bound = try await create(server, caller, ["explicit_max_ttl": 8000]).requireToken()
        _ = await role(server, "r", ["token_period": 0])
        let capped = await server.call(
            .update, "auth/token/renew-self", ["increment": 50000], token: bound)
        #expect((7000...8000).contains(capped.auth?["lease_duration"]?.intValue ?? 0))
        _ = await server.call(.delete, "auth/token/roles/r")
        let orphaned = await server.call(.update, "auth/token/renew-self", token: token)
        #expect(orphaned.status == 400)
    }

    @Test("a token made by a role that is not there, or with an alias, is refused")
    func refusals() async throws {
        let (server, caller) = try await server()
        #expect(await create(server, caller).errors == ["unknown role r"])
        _ = await role(server, "r", ["allowed_entity_aliases": ["Web-*"]])
        let alias = await create(server, caller, ["entity_alias": "db-1"])
        #expect(alias.errors == ["invalid 'entity_alias' value"])
        let none = await server.call(.update, "auth/token/create", ["entity_alias": "web-1"])
        #expect(none.status == 400)
    }

    @Test(
        "a role that makes no sense is refused and leaves the one that was there",
        arguments: [
            ["token_type": "batch"], ["token_type": "strange"],
            ["token_type": "batch", "orphan": true],
            ["token_type": "batch", "orphan": true, "renewable": false, "period": 5],
            ["token_type": "batch", "orphan": true, "renewable": false, "token_num_uses": 1],
            ["token_bound_cidrs": "10.0.0.0/99"], ["token_num_uses": -1], ["path_suffix": "a/../b"],
            ["path_suffix": "/a"], ["path_suffix": "a b"], ["allowed_policies": "ro\u{200B}ot"],
        ] as [JSONValue])
    func senseless(body: JSONValue) async throws {
        let (server, _) = try await server()
        _ = await role(server, "r", ["allowed_policies": "x"])
        #expect(await role(server, "r", body).status == 400)
        #expect(
            await server.call(.read, "auth/token/roles/r").data?["allowed_policies"] == ["x"])
    }

    @Test("a role decides where its tokens may be used from") func boundCIDRs() async throws {
        let (server, caller) = try await server()
        _ = await role(server, "r", ["bound_cidrs": "192.0.2.0/24,2001:db8::/32"])
        let token = try await create(server, caller).requireToken()
        let cases = [
            ("192.0.2.7", 200), ("192.0.3.7", 403), ("2001:db8::7", 200),
            ("::ffff:192.0.2.7", 200), ("::ffff:192.0.3.7", 403), ("", 403),
        ]
        for (address, status) in cases {
            let answer = await server.call(
                .read, "auth/token/lookup-self", token: token, from: address)
            #expect(answer.status == status, "\(address)")
            if status == 403 { #expect(answer.errors == ["permission denied"]) }
            if status == 200 {
                #expect(answer.data?["bound_cidrs"] == ["192.0.2.0/24", "2001:db8::/32"])
            }
        }
    }

    @Test("a token that is bound to a network cannot have a child that is not")
    func boundChild() async throws {
        let (server, caller) = try await server()
        await server.policy("maker", "path \"auth/token/create\" { capabilities = [\"update\"] }")
        _ = await role(server, "r", ["bound_cidrs": "192.0.2.0/24", "allowed_policies": "maker"])
        let bound = try await create(server, caller).requireToken()
        let child = try await server.call(
            .update, "auth/token/create", [:], token: bound, from: "192.0.2.1"
        ).requireToken()
        let path = "auth/token/lookup-self"
        #expect(await server.call(.read, path, token: child, from: "192.0.2.1").status == 200)
        #expect(await server.call(.read, path, token: child, from: "10.0.0.1").status == 403)
    }
}
