import JSON
import KernelTesting
import Paths
import Testing

@testable import Kernel

@Suite struct IdentityGroupTests {
    private static let unknownID = "6a1ff1a6-0000-4000-8000-000000000000"

    @Test("a group is made, read, changed, listed and deleted") func life() async throws {
        let server = try await TestCore()
        let entity = try await server.entity("e")
        let created = await server.call(
            .update, "identity/group",
            ["name": "Devs", "policies": ["P"], "metadata": ["a": "b"]])
        let id = try #require(created.data?["id"]?.stringValue)
        #expect(created.data?["name"] == "Devs")
        let read = await server.call(.read, "identity/group/id/\(id)")
        #expect(read.data?["type"] == "internal")
        #expect(read.data?["policies"] == ["p"])
        #expect(read.data?["alias"] == [:])
        #expect(read.data?["member_entity_ids"] == [])
        #expect(read.data?["member_group_ids"] == .null)
        #expect(read.data?["modify_index"] == 1)
        let update = await server.call(
            .update, "identity/group/name/devs", ["member_entity_ids": [.string(entity)]])
        #expect(update.status == 204)
        let reread = await server.call(.read, "identity/group/name/DEVS")
        #expect(reread.data?["member_entity_ids"] == [.string(entity)])
        #expect(reread.data?["modify_index"] == 2)
        #expect(reread.data?["policies"] == ["p"])
        let list = await server.call(.list, "identity/group/name/")
        #expect(list.data?["keys"] == ["devs"])
        #expect(list.data?["key_info"]?[id]?["num_member_entities"] == 1)
        #expect(await server.call(.list, "identity/group/id/").data?["keys"] == [.string(id)])
        #expect(await server.call(.delete, "identity/group/id/\(id)").status == 204)
        #expect(await server.call(.read, "identity/group/id/\(id)").status == 404)
        #expect(
            await server.call(.read, "identity/entity/id/\(entity)").data?["group_ids"] == [])
    }

    @Test("no group contains itself, whatever way round") func cycles() async throws {
        let server = try await TestCore()
        let a = try await server.group("a")
        let b = try await server.group("b", ["member_group_ids": [.string(a)]])
        let c = try await server.group("c", ["member_group_ids": [.string(b)]])
        let itself = await server.call(
            .update, "identity/group/id/\(a)", ["member_group_ids": [.string(a)]])
        #expect(itself.errors == ["member group ID \"\(a)\" is same as the ID of the group"])
        let round = await server.call(
            .update, "identity/group/id/\(a)", ["member_group_ids": [.string(c)]])
        #expect(round.status == 400)
        #expect(
            round.errors == ["cyclic relationship detected for member group ID \"\(c)\""])
        let entity = try await server.entity("e")
        _ = await server.call(
            .update, "identity/group/id/\(a)", ["member_entity_ids": [.string(entity)]])
        let read = await server.call(.read, "identity/entity/id/\(entity)")
        #expect(read.data?["direct_group_ids"] == [.string(a)])
        #expect(
            Set((read.data?["inherited_group_ids"]?.arrayValue ?? []).compactMap(\.stringValue))
                == [b, c])
        let middle = await server.call(.read, "identity/group/id/\(b)")
        #expect(middle.data?["parent_group_ids"] == [.string(c)])
        _ = await server.call(.update, "identity/group/id/\(c)", ["member_group_ids": []])
        #expect(
            await server.call(.update, "identity/group/id/\(a)", ["member_group_ids": [.string(c)]])
                .status == 204)
    }

    @Test("wrong types, kinds, members and names are refused with a reason") func refusals()
        async throws
    {
        let server = try await TestCore()
        let group = try await server.group("g")
        _ = try await server.group("taken")
        let external = try await server.group("x", ["type": "external"])
        let entity = try await server.entity("e")
        let accessor = try await server.accessor()
        let cases: [(String, JSONValue, String)] = [
            ("group", ["type": "other"], "invalid group type \"other\""),
            ("group/id/\(group)", ["type": "external"], "group type cannot be changed"),
            ("group/id/\(group)", ["name": "TAKEN"], "group name is already in use"),
            ("group/id/\(Self.unknownID)", [:], "invalid group ID"),
            (
                "group", ["member_entity_ids": [.string(Self.unknownID)]],
                "invalid entity ID \"\(Self.unknownID)\""
            ),
            ("group", ["member_entity_ids": [.string(entity.uppercased())]], "invalid entity ID"),
            ("group", ["member_group_ids": [.string(entity)]], "invalid member group ID"),
            (
                "group/id/\(external)", ["member_entity_ids": [.string(entity)]],
                "member entities can't be set manually for external groups"
            ),
            (
                "group/id/\(external)", ["member_group_ids": [.string(group)]],
                "member groups can't be set for external groups"
            ),
            ("group", ["metadata": [1]], "metadata"),
            ("group-alias", [:], "missing alias name"),
            ("group-alias", ["name": "a"], "missing mount_accessor"),
            ("group-alias", ["name": "a", "mount_accessor": "b"], "invalid mount accessor \"b\""),
            (
                "group-alias",
                [
                    "name": "a", "mount_accessor": .string(accessor),
                    "canonical_id": .string(group),
                ], "alias can't be set on an internal group"
            ),
            (
                "group-alias",
                [
                    "name": "a", "mount_accessor": .string(accessor),
                    "canonical_id": .string(Self.unknownID),
                ], "invalid group ID given in 'canonical_id'"
            ),
            (
                "group-alias/id/\(Self.unknownID)",
                ["name": "a", "mount_accessor": .string(accessor)], "invalid group alias ID"
            ),
        ]
        for (path, body, reason) in cases {
            let response = await server.call(.update, "identity/\(path)", body)
            #expect(response.status == 400, "\(path) \(body)")
            #expect(response.errors.first?.contains(reason) == true, "\(response.errors)")
        }
        #expect(
            await server.call(
                .update, "identity/group/name/new", ["id": .string(group), "policies": ["p"]]
            ).status == 200)
        #expect(await server.call(.read, "identity/group/id/\(group)").data?["policies"] == .null)
    }

    @Test("a group alias is made, moved and deleted") func groupAlias() async throws {
        let server = try await TestCore()
        let accessor = try await server.accessor()
        let created = await server.call(
            .update, "identity/group-alias", ["name": "devs", "mount_accessor": .string(accessor)])
        let id = try #require(created.data?["id"]?.stringValue)
        let group = try #require(created.data?["canonical_id"]?.stringValue)
        let read = await server.call(.read, "identity/group/id/\(group)")
        #expect(read.data?["type"] == "external")
        #expect(read.data?["alias"]?["name"] == "devs")
        let path = "identity/group-alias/id/\(id)"
        #expect(await server.call(.read, path).data?["canonical_id"] == .string(group))
        #expect(await server.call(.list, "identity/group-alias/id/").data?["keys"] == [.string(id)])
        let taken = await server.call(
            .update, "identity/group-alias", ["name": "DEVS", "mount_accessor": .string(accessor)])
        #expect(taken.errors == ["combination of mount and group alias name is already in use"])
        let other = try await server.group("other", ["type": "external"])
        let body: JSONValue = [
            "name": "devs", "mount_accessor": .string(accessor), "canonical_id": .string(other),
        ]
        #expect(await server.call(.update, path, body).data?["canonical_id"] == .string(other))
        #expect(await server.call(.update, path, body).status == 204)
        #expect(await server.call(.read, "identity/group/id/\(group)").data?["alias"] == [:])
        #expect(await server.call(.delete, path).status == 204)
        #expect(await server.call(.read, path).status == 404)
    }
}
