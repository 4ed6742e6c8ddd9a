import JSON
import Kernel
import KernelTesting
import Paths
import Storage
import Testing

@Suite struct TokenTests {
    @Test("a token shows what it was made with") func lookup() async throws {
        let server = try await TestCore()
        let token = try await server.token(
            ["default"],
            ["ttl": "1h", "explicit_max_ttl": "2h", "display_name": "a b", "meta": ["team": "x"]])
        #expect(token.hasPrefix("hvs."))
        let data = await server.call(.read, "auth/token/lookup-self", token: token).data
        #expect(data?["display_name"] == "token-a-b")
        #expect(data?["meta"] == ["team": "x"])
        #expect(data?["creation_ttl"] == 3600)
        #expect(data?["explicit_max_ttl"] == 7200)
        #expect(data?["policies"] == ["default"])
        #expect(data?["orphan"] == false)
        #expect(data?["id"] == .string(token))
        #expect((3000...3600).contains(data?["ttl"]?.intValue ?? 0))
    }

    @Test("the root token has no end") func rootHasNoEnd() async throws {
        let server = try await TestCore()
        let data = await server.call(.read, "auth/token/lookup-self").data
        #expect(data?["ttl"] == 0)
        #expect(data?["expire_time"] == .null)
        #expect(data?["orphan"] == true)
    }

    @Test("a parent's end ends its children and theirs, and nobody else's")
    func cascade() async throws {
        let server = try await TestCore()
        await server.policy("maker", "path \"auth/token/create\" { capabilities = [\"update\"] }")
        let parent = try await server.token(["maker"])
        let child = try await server.call(.update, "auth/token/create", [:], token: parent)
            .requireToken()
        let grandchild = try await server.call(.update, "auth/token/create", [:], token: child)
            .requireToken()
        let sibling = try await server.token(["maker"])
        #expect(
            await server.call(.update, "auth/token/revoke", ["token": .string(parent)]).status
                == 204)
        for dead in [parent, child, grandchild] {
            #expect(await server.call(.read, "auth/token/lookup-self", token: dead).status == 403)
        }
        #expect(await server.call(.read, "auth/token/lookup-self", token: sibling).status == 200)
    }

    @Test("children of an orphan-revoked token live on as orphans")
    func revokeOrphan() async throws {
        let server = try await TestCore()
        await server.policy("maker", "path \"auth/token/create\" { capabilities = [\"update\"] }")
        let parent = try await server.token(["maker"])
        let child = try await server.call(.update, "auth/token/create", [:], token: parent)
            .requireToken()
        #expect(
            await server.call(.update, "auth/token/revoke-orphan", ["token": .string(parent)])
                .status == 204)
        #expect(await server.call(.read, "auth/token/lookup-self", token: parent).status == 403)
        let data = await server.call(.read, "auth/token/lookup-self", token: child).data
        #expect(data?["orphan"] == true)
    }

    @Test("a token is revoked by its accessor, which does not open anything itself")
    func accessor() async throws {
        let server = try await TestCore()
        let token = try await server.token(["default"])
        let accessor = try #require(
            await server.call(.read, "auth/token/lookup-self", token: token).data?["accessor"])
        #expect(
            await server.call(.read, "auth/token/lookup-self", token: accessor.stringValue ?? "")
                .status == 403)
        let seen = await server.call(.update, "auth/token/lookup-accessor", ["accessor": accessor])
            .data
        #expect(seen?["id"] == "")
        #expect(
            await server.call(.update, "auth/token/revoke-accessor", ["accessor": accessor]).status
                == 204)
        #expect(await server.call(.read, "auth/token/lookup-self", token: token).status == 403)
    }

    @Test("a limited number of uses is exact, however many ask at once")
    func numberOfUses() async throws {
        let server = try await TestCore()
        let token = try await server.token(["default"], ["num_uses": 5])
        let statuses = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    await server.call(.read, "auth/token/lookup-self", token: token).status
                }
            }
            return await group.reduce(into: [Int]()) { $0.append($1) }
        }
        #expect(statuses.filter { $0 == 200 }.count == 5)
        #expect(statuses.filter { $0 == 403 }.count == 15)
    }

    @Test("renewal adds life from now on, but never beyond the explicit maximum")
    func renew() async throws {
        let server = try await TestCore()
        let token = try await server.token(["default"], ["ttl": 6000, "explicit_max_ttl": 12000])
        let renewed = await server.call(
            .update, "auth/token/renew-self", ["increment": 9000], token: token)
        #expect((8500...9000).contains(renewed.auth?["lease_duration"]?.intValue ?? 0))
        let capped = await server.call(
            .update, "auth/token/renew-self", ["increment": "10h"], token: token)
        #expect((11000...12000).contains(capped.auth?["lease_duration"]?.intValue ?? 0))
        #expect(capped.warnings.count == 1)
        let fixed = try await server.token(["default"], ["renewable": false])
        #expect(await server.call(.update, "auth/token/renew-self", token: fixed).status == 400)
    }

    @Test("an expired token opens nothing and is swept with its children")
    func expiry() async throws {
        let server = try await TestCore()
        let token = try await server.token(["default"], ["ttl": 1])
        var status = 200
        for _ in 0..<300 where status == 200 {
            status = await server.call(.read, "auth/token/lookup-self", token: token).status
            try await Task.sleep(nanoseconds: 10_000_000)
        }
        #expect(status == 403)
    }

    @Test(
        "names that only look like root make nobody root",
        arguments: [" root", "root ", "Root\t", "ro\u{200B}ot"])
    func rootLookalikes(name: String) async throws {
        let server = try await TestCore()
        await server.policy(
            "maker", "path \"auth/token/create\" { capabilities = [\"update\", \"sudo\"] }")
        let maker = try await server.token(["maker"])
        let response = await server.call(
            .update, "auth/token/create", ["policies": [.string(name)]], token: maker)
        #expect(response.status == 400)
    }

    @Test(
        "only root makes root, and only sudo may choose ids, orphans, periods and foreign policies")
    func privileges() async throws {
        let server = try await TestCore()
        await server.policy("maker", "path \"auth/token/create\" { capabilities = [\"update\"] }")
        let weak = try await server.token(["maker"])
        let wishes: [JSONValue] = [
            ["policies": ["root"]], ["policies": ["other"]], ["id": "chosen"], ["no_parent": true],
            ["period": "1h"],
        ]
        for wish in wishes {
            #expect(
                await server.call(.update, "auth/token/create", wish, token: weak).status == 400)
        }
        await server.policy(
            "maker", "path \"auth/token/create\" { capabilities = [\"update\", \"sudo\"] }")
        #expect(
            await server.call(.update, "auth/token/create", wishes[0], token: weak).status == 400)
        for wish in wishes.dropFirst() {
            #expect(
                await server.call(.update, "auth/token/create", wish, token: weak).status == 200)
        }
    }

    @Test("a token's text is nowhere in storage") func storedSalted() async throws {
        let server = try await TestCore()
        let token = try await server.token(["default"])
        var folders = [""]
        var names: [String] = []
        while let folder = folders.popLast() {
            for name in try server.store.list(folder, after: "", limit: 10_000) {
                if name.hasSuffix("/") {
                    folders.append(folder + name)
                } else {
                    names.append(folder + name)
                }
            }
        }
        #expect(names.count > 5)
        for name in names {
            #expect(!name.contains(token))
            let bytes = try server.store.get(name)?.bytes ?? []
            let text = String(decoding: bytes, as: UTF8.self)
            #expect(!text.contains(token))
        }
    }

    @Test("a token of another server, none, and an endless one are all refused alike")
    func strangers() async throws {
        let server = try await TestCore()
        let stranger = try await TestCore().rootToken
        for token in [stranger, "hvs.", String(repeating: "x", count: 100_000)] {
            #expect(await server.call(.read, "sys/mounts", token: token).status == 403)
        }
        #expect(await server.call(.read, "sys/mounts", token: "").errors == ["permission denied"])
    }

    @Test("a use that cannot be counted is refused, and nothing else is lost by it")
    func uncountableUse() async throws {
        let store = FailingStore()
        let server = try await TestCore([], store: store, shares: 1, threshold: 1)
        try await server.core.unseal(share: server.shares[0])
        let token = try await server.token(["default"], ["num_uses": 2])
        store.fill(true)
        let refused = await server.call(.read, "auth/token/lookup-self", token: token)
        #expect(refused.status == 503)
        #expect(await server.call(.read, "auth/token/lookup-self").status == 200)
        store.fill(false)
        #expect(await server.call(.read, "auth/token/lookup-self", token: token).status == 200)
    }
}
