// What belongs to one tenant is nothing to another: the attacks, each as a test.

import Cryptography
import JSON
import Kernel
import KernelTesting
import Paths
import Testing

@Suite("tenants") struct TenantTests {
    // MARK: Where a request goes

    @Test("the header, the path and both together lead to the same place") func placing()
        async throws
    {
        let tenants = try await Tenants()
        try await tenants.expect(204, .update, "kv/x", ["in": "a"], in: "a")
        try await tenants.expect(204, .update, "kv/x", ["in": "sub"], in: "a/sub")
        for (namespace, path, expected) in [
            ("", "a/kv/x", "a"), ("a", "kv/x", "a"), ("", "a/sub/kv/x", "sub"),
            ("a", "sub/kv/x", "sub"), ("a/sub", "kv/x", "sub"), ("root", "a/kv/x", "a"),
        ] {
            let read = try await tenants.expect(200, .read, path, in: namespace)
            #expect(read.data?["in"] == .string(expected))
        }
        try await tenants.expect(404, .read, "kv/x", in: "b")
    }

    @Test("a header that names no namespace is refused as one without rights is")
    func unknown() async throws {
        let tenants = try await Tenants()
        let token = try await tenants.token(in: "b", policy: everything("*"))
        let unknown = try await tenants.expect(403, .read, "kv/x", in: "nothing", token: token)
        let foreign = try await tenants.expect(403, .read, "kv/x", in: "a", token: token)
        #expect(unknown.errors == foreign.errors)
        let below = try await tenants.expect(403, .read, "kv/x", in: "b/nothing", token: token)
        #expect(below.errors == foreign.errors)
    }

    @Test("data of the same path in two namespaces are two data") func data() async throws {
        let tenants = try await Tenants()
        for namespace in ["a", "b", "a/sub"] {
            try await tenants.expect(
                204, .update, "kv/x", ["in": .string(namespace)], in: namespace)
        }
        for namespace in ["a", "b", "a/sub"] {
            let read = try await tenants.expect(200, .read, "kv/x", in: namespace)
            #expect(read.data?["in"] == .string(namespace))
        }
    }

    // MARK: Tokens

    @Test("a token opens its own namespace and those below it, and no other") func tokens()
        async throws
    {
        let tenants = try await Tenants()
        let token = try await tenants.token(in: "a", policy: everything("*"))
        try await tenants.expect(404, .read, "kv/x", in: "a", token: token)
        try await tenants.expect(404, .read, "kv/x", in: "a/sub", token: token)
        for namespace in ["", "b"] {
            try await tenants.expect(403, .read, "kv/x", in: namespace, token: token)
            try await tenants.expect(
                403, .read, "auth/token/lookup-self", in: namespace, token: token)
            try await tenants.expect(
                403, .update, "auth/token/renew-self", in: namespace, token: token)
            try await tenants.expect(
                403, .update, "auth/token/revoke-self", in: namespace, token: token)
        }
        try await tenants.expect(200, .read, "auth/token/lookup-self", in: "a", token: token)
    }

    @Test("tokens, accessors and batch tokens say which namespace they are of")
    func suffixes() async throws {
        let tenants = try await Tenants()
        let id = try await tenants.id(of: "a")
        let made = try await tenants.expect(
            200, .update, "auth/token/create", ["policies": ["default"]], in: "a")
        #expect(try made.requireToken().hasSuffix("." + id))
        let accessor = try #require(made.auth?["accessor"]?.stringValue)
        #expect(accessor.hasSuffix("." + id))
        let batch = try await tenants.expect(
            200, .update, "auth/token/create", ["policies": ["default"], "type": "batch"],
            in: "a")
        #expect(try batch.requireToken().hasSuffix("." + id))
        let custom = try await tenants.expect(
            200, .update, "auth/token/create", ["policies": ["default"], "id": "mine"], in: "a")
        #expect(try custom.requireToken() == "mine." + id)
        for token in [try batch.requireToken(), "mine." + id] {
            let own = try await tenants.expect(
                200, .read, "auth/token/lookup-self", in: "a", token: token)
            #expect(own.data?["namespace_path"] == "a/")
            try await tenants.expect(
                403, .read, "auth/token/lookup-self", in: "b", token: token)
            try await tenants.expect(403, .read, "auth/token/lookup-self", token: token)
        }
        let root = try await tenants.expect(
            200, .update, "auth/token/create", ["policies": ["default"]])
        #expect(try root.requireToken().split(separator: ".").count == 2)
    }

    @Test("a token with another namespace's ending opens nothing") func forgedSuffix() async throws
    {
        let tenants = try await Tenants()
        let (a, b) = (try await tenants.id(of: "a"), try await tenants.id(of: "b"))
        let made = try await tenants.expect(
            200, .update, "auth/token/create", ["policies": ["default"], "type": "batch"],
            in: "a")
        let batch = try made.requireToken()
        let service = try await tenants.token(in: "a", policy: everything("*"))
        for token in [batch, service, tenants.server.rootToken + "." + a] {
            let bare = token.replacing("." + a, with: "")
            for forged in [
                bare + "." + b, bare, bare + ".", bare + ".root", bare + "." + a + "." + b,
            ]
            where forged != tenants.server.rootToken {
                for namespace in ["", "a", "b"] {
                    try await tenants.expect(
                        403, .read, "auth/token/lookup-self", in: namespace, token: forged)
                }
            }
        }
    }

    @Test("policies count by the path as the token's namespace sees it") func policyPaths()
        async throws
    {
        let tenants = try await Tenants()
        let broad = try await tenants.token(in: "", policy: everything("a/kv/*"))
        try await tenants.expect(404, .read, "kv/x", in: "a", token: broad)
        try await tenants.expect(403, .read, "kv/x", in: "b", token: broad)
        try await tenants.expect(403, .read, "kv/x", in: "a/sub", token: broad)
        // What is meant for the parent's own engine does not open the child's.
        let narrow = try await tenants.token(in: "", policy: everything("kv/*"))
        try await tenants.expect(403, .read, "kv/x", in: "a", token: narrow)
        let middle = try await tenants.token(in: "a", policy: everything("sub/kv/*"))
        try await tenants.expect(404, .read, "kv/x", in: "a/sub", token: middle)
        try await tenants.expect(403, .read, "kv/x", in: "a", token: middle)
        let own = try await tenants.expect(
            200, .update, "sys/capabilities-self", ["paths": ["kv/x"]], in: "a/sub",
            token: try await tenants.token(
                in: "a", policy: everything("sub/*")))
        #expect(own.data?["kv/x"]?.arrayValue?.contains("read") == true)
    }

    @Test("look-ups by token and accessor in another namespace find nothing, on every route")
    func lookups() async throws {
        let tenants = try await Tenants()
        let made = try await tenants.expect(
            200, .update, "auth/token/create", ["policies": ["default"]], in: "a")
        let token = try made.requireToken()
        let accessor = try #require(made.auth?["accessor"]?.stringValue)
        let byToken: JSONValue = ["token": .string(token)]
        let byAccessor: JSONValue = ["accessor": .string(accessor), "paths": ["x"]]
        for namespace in ["", "b", "a/sub"] {
            for (path, body, status) in [
                ("auth/token/lookup", byToken, 403), ("auth/token/renew", byToken, 400),
                ("auth/token/revoke-orphan", byToken, 400),
                ("auth/token/lookup-accessor", byAccessor, 403),
                ("auth/token/renew-accessor", byAccessor, 403),
                ("auth/token/revoke-accessor", byAccessor, 403),
                ("sys/capabilities-accessor", byAccessor, 403),
            ] {
                try await tenants.expect(status, .update, path, body, in: namespace)
            }
            // Revoking what is not there is done already; it must not be done elsewhere.
            try await tenants.expect(204, .update, "auth/token/revoke", byToken, in: namespace)
            let listed = await tenants.server.call(
                .list, "auth/token/accessors/", namespace: namespace)
            #expect(listed.data?["keys"]?.arrayValue?.contains(.string(accessor)) != true)
        }
        try await tenants.expect(200, .update, "auth/token/lookup", byToken, in: "a")
    }

    @Test("a token that a parent's token makes in a child belongs to the child and ends with it")
    func children() async throws {
        let tenants = try await Tenants()
        let parent = try await tenants.token(in: "", policy: everything("a/*"))
        let child = try await tenants.expect(
            200, .update, "auth/token/create", ["policies": ["default"]], in: "a", token: parent
        ).requireToken()
        #expect(child.hasSuffix("." + (try await tenants.id(of: "a"))))
        let grandchild = try await tenants.expect(
            200, .update, "auth/token/create",
            ["policies": ["default"], "type": "batch"], in: "a/sub", token: parent
        ).requireToken()
        try await tenants.expect(200, .read, "auth/token/lookup-self", in: "a", token: child)
        try await tenants.expect(
            200, .read, "auth/token/lookup-self", in: "a/sub", token: grandchild)
        try await tenants.expect(
            204, .update, "auth/token/revoke", ["token": .string(parent)])
        try await tenants.expect(403, .read, "auth/token/lookup-self", in: "a", token: child)
        try await tenants.expect(
            403, .read, "auth/token/lookup-self", in: "a/sub", token: grandchild)
    }

    @Test("a child of another namespace becomes an orphan when it is left behind")
    func orphans() async throws {
        let tenants = try await Tenants()
        let parent = try await tenants.token(in: "", policy: everything("a/*"))
        let child = try await tenants.expect(
            200, .update, "auth/token/create", ["policies": ["default"]], in: "a", token: parent
        ).requireToken()
        try await tenants.expect(
            204, .update, "auth/token/revoke-orphan", ["token": .string(parent)])
        let own = try await tenants.expect(
            200, .read, "auth/token/lookup-self", in: "a", token: child)
        #expect(own.data?["orphan"] == true)
    }

    @Test("nobody gets root in a child namespace") func noRoot() async throws {
        let tenants = try await Tenants()
        try await tenants.expect(
            400, .update, "auth/token/create", ["policies": ["root"]], in: "a")
        let made = try await tenants.expect(200, .update, "auth/token/create", [:], in: "a")
        #expect(made.auth?["policies"] == ["default"])
        let admin = try await tenants.token(in: "a", policy: everything("*"))
        try await tenants.expect(
            400, .update, "auth/token/create", ["policies": ["root"]], in: "a", token: admin)
        try await tenants.expect(
            400, .update, "auth/token/create-orphan", ["policies": [" Root "]], in: "a",
            token: admin)
    }

    @Test("policies of a parent are not handed on by name") func names() async throws {
        let tenants = try await Tenants()
        try await tenants.expect(
            204, .update, "sys/policies/acl/admin", ["policy": .string(everything("*"))], in: "a")
        let parent = try await tenants.token(
            in: "",
            policy: #"path "a/auth/token/create" { capabilities = ["update", "create"] }"#)
        try await tenants.expect(
            400, .update, "auth/token/create", ["policies": ["admin"]], in: "a", token: parent)
        let plain = try await tenants.expect(
            200, .update, "auth/token/create", [:], in: "a", token: parent)
        #expect(plain.auth?["policies"] == ["default"])
    }

    @Test("a cubbyhole is its token's, wherever the token is used") func cubbyhole() async throws {
        let tenants = try await Tenants()
        let token = try await tenants.token(in: "a", policy: everything("*"))
        try await tenants.expect(
            204, .update, "cubbyhole/x", ["v": "1"], in: "a/sub", token: token)
        let read = try await tenants.expect(200, .read, "cubbyhole/x", in: "a", token: token)
        #expect(read.data?["v"] == "1")
        try await tenants.expect(404, .read, "cubbyhole/x", in: "a")
    }

    // MARK: Wrapping

    @Test("a wrapping token opens nothing in another namespace") func wrapping() async throws {
        let tenants = try await Tenants()
        try await tenants.expect(204, .update, "kv/x", ["v": "1"], in: "a")
        let wrapped = try await tenants.expect(200, .read, "kv/x", in: "a", wrapTTL: 60)
        let token = try wrapped.requireWrappingToken()
        let body: JSONValue = ["token": .string(token)]
        for namespace in ["", "b", "a/sub"] {
            try await tenants.expect(400, .update, "sys/wrapping/lookup", body, in: namespace)
            try await tenants.expect(400, .update, "sys/wrapping/unwrap", body, in: namespace)
            try await tenants.expect(400, .update, "sys/wrapping/rewrap", body, in: namespace)
        }
        for namespace in ["", "b"] {
            let own = await tenants.server.call(
                .update, "sys/wrapping/unwrap", token: token, namespace: namespace)
            #expect(own.status == 403)
        }
        let opened = try await tenants.expect(
            200, .update, "sys/wrapping/unwrap", in: "a", token: token)
        #expect(opened.data?["v"] == "1")
    }

    // MARK: Policies, mounts, what is the server's

    @Test("policies of the same name in two namespaces are two policies") func policies()
        async throws
    {
        let tenants = try await Tenants()
        for (namespace, path) in [("a", "kv/a"), ("b", "kv/b")] {
            try await tenants.expect(
                204, .update, "sys/policies/acl/p", ["policy": .string(everything(path))],
                in: namespace)
        }
        let token = try await tenants.expect(
            200, .update, "auth/token/create", ["policies": ["p"]], in: "a"
        ).requireToken()
        try await tenants.expect(404, .read, "kv/a", in: "a", token: token)
        try await tenants.expect(403, .read, "kv/b", in: "a", token: token)
        try await tenants.expect(404, .read, "sys/policies/acl/p")
    }

    @Test(
        "what is the whole server's business is done in the root namespace only",
        arguments: [
            "sys/seal", "sys/rotate", "sys/audit/file", "sys/rekey/init", "sys/raw/core/x",
            "sys/generate-root/attempt", "sys/config/cors", "sys/config/ui/headers/X-A",
            "sys/quotas/rate-limit/q", "sys/loggers", "sys/step-down", "sys/metrics",
            "sys/host-info", "sys/in-flight-req", "sys/key-status", "sys/config/state/sanitized",
            "sys/plugins/catalog", "sys/version-history/",
        ])
    func restricted(path: String) async throws {
        let tenants = try await Tenants()
        for operation in [Paths.Operation.read, .update, .delete, .list] {
            let answer = await tenants.server.call(operation, path, [:], namespace: "a")
            #expect([400, 404, 405].contains(answer.status))
            #expect(answer.data == nil)
        }
        let isSealed = tenants.server.core.isSealed
        #expect(!isSealed)
    }

    @Test("a listener that opens an endpoint does not open it for tenants") func opened()
        async throws
    {
        let tenants = try await Tenants()
        let answer = await tenants.server.call(
            .read, "sys/generate-root/attempt", token: "", namespace: "a",
            permissions: [.rootGeneration, .rekey, .metrics])
        #expect(answer.status == 400)
    }

    @Test("a tenant's own administrator manages engines, policies and parts of it")
    func administrator() async throws {
        let tenants = try await Tenants()
        let admin = try await tenants.token(in: "a", policy: everything("*"))
        try await tenants.expect(
            204, .update, "sys/mounts/more", ["type": "echo"], in: "a", token: admin)
        let mounts = try await tenants.expect(200, .read, "sys/mounts", in: "a", token: admin)
        #expect(mounts.data?["more/"]?["type"] == "echo")
        #expect(mounts.data?["sys/"]?["type"] == "ns_system")
        try await tenants.expect(
            200, .update, "sys/namespaces/project", in: "a", token: admin)
        try await tenants.expect(200, .read, "more/x", in: "a", token: admin)
        try await tenants.expect(403, .update, "sys/mounts/x", ["type": "echo"], token: admin)
        try await tenants.expect(
            403, .update, "sys/namespaces/x", in: "b", token: admin)
        let root = try await tenants.expect(200, .read, "sys/mounts")
        #expect(root.data?["more/"] == nil)
    }

    // MARK: Identity

    @Test("entities are found in their own namespace only, by every look-up") func identity()
        async throws
    {
        let tenants = try await Tenants()
        let made = try await tenants.expect(
            200, .update, "identity/entity", ["name": "ann"], in: "a")
        let id = try #require(made.data?["id"]?.stringValue)
        let own = try await tenants.expect(200, .read, "identity/entity/id/\(id)", in: "a")
        #expect(own.data?["namespace_id"] == .string(try await tenants.id(of: "a")))
        for namespace in ["", "b", "a/sub"] {
            try await tenants.expect(404, .read, "identity/entity/id/\(id)", in: namespace)
            try await tenants.expect(404, .read, "identity/entity/name/ann", in: namespace)
            let looked = await tenants.server.call(
                .update, "identity/lookup/entity", ["id": .string(id)], namespace: namespace)
            #expect(looked.data == nil)
            _ = await tenants.server.call(
                .delete, "identity/entity/id/\(id)", namespace: namespace)
        }
        try await tenants.expect(200, .read, "identity/entity/id/\(id)", in: "a")
    }
}
