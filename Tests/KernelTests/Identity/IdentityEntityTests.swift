import Cryptography
import JSON
import Kernel
import KernelTesting
import Paths
import Testing

@Suite struct IdentityEntityTests {
    private static let unknownID = "6a1ff1a6-0000-4000-8000-000000000000"

    @Test("a new entity is answered with its id, an update with nothing")
    func createAndUpdate() async throws {
        let server = try await TestCore()
        let created = await server.call(
            .update, "identity/entity",
            ["name": "Alice", "policies": ["Dev", "dev", "ops"], "metadata": ["team": "blue"]])
        #expect(created.status == 200)
        #expect(created.data?["name"] == "Alice")
        #expect(created.data?["aliases"] == .null)
        let id = try #require(created.data?["id"]?.stringValue)
        let read = await server.call(.read, "identity/entity/id/\(id)")
        #expect(read.data?["policies"] == ["dev", "ops"])
        #expect(read.data?["metadata"] == ["team": "blue"])
        #expect(read.data?["disabled"] == false)
        #expect(read.data?["aliases"] == [])
        #expect(read.data?["group_ids"] == [])
        #expect(read.data?["merged_entity_ids"] == .null)
        let updated = await server.call(
            .update, "identity/entity/id/\(id)", ["disabled": true, "name": "Alicia"])
        #expect(updated.status == 204)
        let reread = await server.call(.read, "identity/entity/name/ALICIA")
        #expect(reread.data?["disabled"] == true)
        #expect(reread.data?["policies"] == ["dev", "ops"])
        #expect(await server.call(.read, "identity/entity/name/alice").status == 404)
    }

    @Test("names do not depend on case, and one entity cannot take another's") func names()
        async throws
    {
        let server = try await TestCore()
        let one = try await server.entity("Team/One")
        let two = try await server.entity("two")
        #expect(await server.call(.update, "identity/entity", ["name": "TEAM/ONE"]).status == 204)
        let taken = await server.call(.update, "identity/entity/id/\(two)", ["name": "team/one"])
        #expect(taken.status == 400)
        #expect(taken.errors == ["entity name is already in use"])
        let read = await server.call(.read, "identity/entity/name/team/one")
        #expect(read.data?["id"] == .string(one))
        #expect(read.data?["name"] == "TEAM/ONE")
    }

    @Test("the Kelvin sign is not the letter k") func foldedNames() async throws {
        let server = try await TestCore()
        _ = try await server.entity("kelvin")
        #expect(await server.call(.read, "identity/entity/name/\u{212A}elvin").status == 404)
        _ = try await server.entity("\u{212A}elvin")
    }

    @Test(
        "what cannot be seen in a name is refused",
        arguments: ["a\u{0}b", "a\nb", "a\u{200B}b", "a\u{202E}b", " a", "a ", "\u{A0}a"])
    func invisibleNames(_ name: String) async throws {
        let server = try await TestCore()
        let response = await server.call(.update, "identity/entity", ["name": .string(name)])
        #expect(response.status == 400)
        #expect(
            await server.call(.update, "identity/group", ["name": .string(name)]).status == 400)
    }

    @Test(
        "no entity and no group is root, however it is written",
        arguments: [
            "root", "Root", "ROOT", "dev,root",
        ])
    func rootPolicy(_ policies: String) async throws {
        let server = try await TestCore()
        for path in ["identity/entity", "identity/group"] {
            let response = await server.call(.update, path, ["policies": .string(policies)])
            #expect(response.status == 400)
            #expect(response.errors == ["policies cannot contain root"])
        }
    }

    @Test(
        "a policy name that does not normalise to itself is refused",
        arguments: [
            "ＲＯＯＴ\u{200B}", "ro\u{301}ot", "a//b", "..",
        ])
    func crookedPolicies(_ name: String) async throws {
        let server = try await TestCore()
        let response = await server.call(.update, "identity/entity", ["policies": [.string(name)]])
        #expect(response.status == 400)
    }

    @Test("wrong types, unknown ids and missing fields are refused with a reason")
    func refusals() async throws {
        let server = try await TestCore()
        let unknown = Self.unknownID
        let cases: [(String, JSONValue, String)] = [
            ("entity", ["metadata": "no pair"], "metadata"),
            ("entity", ["metadata": 5], "metadata"),
            ("entity", ["disabled": ["x"]], "disabled"),
            ("entity", ["name": ["x": "y"]], "name"),
            ("entity", ["policies": [["x"]]], "policies"),
            ("entity", ["id": .string(unknown)], "entity not found from id"),
            ("entity/id/nonsense", [:], "entity not found from id"),
            ("entity/batch-delete", [:], "missing entity ids to delete"),
            ("entity/merge", [:], "missing entity id to merge to"),
            (
                "entity/merge", ["to_entity_id": .string(unknown)],
                "missing entity ids to merge from"
            ),
            (
                "entity/merge",
                ["to_entity_id": .string(unknown), "from_entity_ids": [.string(unknown)]],
                "entity id to merge to is invalid"
            ),
        ]
        for (path, body, reason) in cases {
            let response = await server.call(.update, "identity/\(path)", body)
            #expect(response.status == 400, "\(path)")
            #expect(response.errors.first?.contains(reason) == true, "\(path): \(response.errors)")
        }
        #expect(await server.call(.read, "identity/entity/id/\(unknown)").status == 404)
        #expect(await server.call(.delete, "identity/entity/id/\(unknown)").status == 204)
        #expect(await server.call(.delete, "identity/entity/name/nobody").status == 204)
        #expect(await server.call(.read, "identity/nonsense").status == 404)
        #expect(await server.call(.patch, "identity/entity", [:]).status == 405)
    }

    @Test("metadata have bounds") func metadataBounds() async throws {
        let server = try await TestCore()
        let many = JSONObject((0..<65).map { ("k\($0)", .string("v")) })
        let long = String(repeating: "x", count: 513)
        for metadata: JSONObject in [
            many, ["k": .string(long)],
            JSONObject([(String(long.prefix(129)), JSONValue.string("v"))]),
        ] {
            let response = await server.call(
                .update, "identity/entity", ["metadata": .object(metadata)])
            #expect(response.status == 400)
            #expect(response.errors.first?.hasPrefix("invalid entity metadata") == true)
        }
    }

    @Test("entities are listed by id and by name, with what they are")
    func lists() async throws {
        let server = try await TestCore()
        #expect(await server.call(.list, "identity/entity/id/").status == 404)
        let b = try await server.entity("b")
        let a = try await server.entity("a")
        let byName = await server.call(.list, "identity/entity/name/")
        #expect(byName.data?["keys"] == ["a", "b"])
        #expect(byName.data?["key_info"]?[a]?["name"] == "a")
        let byID = await server.call(.list, "identity/entity/id/")
        #expect(byID.data?["keys"] == .strings([a, b].sorted()))
        #expect(byID.data?["key_info"]?[b]?["name"] == "b")
    }

    @Test("an entity is deleted with its aliases and its places in groups") func delete()
        async throws
    {
        let server = try await TestCore()
        let one = try await server.entity("one")
        let two = try await server.entity("two")
        let three = try await server.entity("three")
        let alias = try await server.alias("one", of: one)
        let group = await server.call(
            .update, "identity/group",
            ["name": "g", "member_entity_ids": .strings([one, two, three])])
        #expect(group.status == 200)
        #expect(await server.call(.delete, "identity/entity/name/ONE").status == 204)
        #expect(await server.call(.read, "identity/entity-alias/id/\(alias)").status == 404)
        #expect(
            await server.call(
                .update, "identity/entity/batch-delete",
                ["entity_ids": .strings([two, Self.unknownID])]
            ).status == 204)
        #expect(
            await server.call(.read, "identity/group/name/g").data?["member_entity_ids"]
                == .strings([three]))
        // Its name and alias are free again.
        let again = try await server.entity("one")
        _ = try await server.alias("one", of: again)
    }

    @Test("a body cannot redirect a write to another entity than its path names")
    func redirection() async throws {
        let server = try await TestCore()
        let other = try await server.entity("other")
        let response = await server.call(
            .update, "identity/entity/name/mine", ["id": .string(other), "policies": ["p"]])
        #expect(response.status == 200)
        #expect(
            await server.call(.read, "identity/entity/id/\(other)").data?["policies"] == [])
        let third = try await server.entity("third")
        #expect(
            await server.call(
                .update, "identity/entity/id/\(third)", ["id": .string(other), "policies": ["p"]]
            ).status == 204)
        #expect(
            await server.call(.read, "identity/entity/id/\(other)").data?["policies"] == [])
    }

    @Test("identities are there after the server was sealed") func persistence() async throws {
        let server = try await TestCore()
        let id = try await server.entity("kept", ["metadata": ["k": "v"], "policies": ["p"]])
        let alias = try await server.alias("somebody", of: id)
        _ = await server.call(
            .update, "identity/group", ["name": "g", "member_entity_ids": [.string(id)]])
        let before = await server.call(.read, "identity/entity/id/\(id)")
        let group = await server.call(.read, "identity/group/name/g")
        try await server.core.seal()
        for share in server.shares { try await server.core.unseal(share: share) }
        #expect(await server.call(.read, "identity/entity/id/\(id)").data == before.data)
        #expect(await server.call(.read, "identity/group/name/g").data == group.data)
        let read = await server.call(.read, "identity/entity-alias/id/\(alias)")
        #expect(read.data?["canonical_id"] == .string(id))
    }
}
