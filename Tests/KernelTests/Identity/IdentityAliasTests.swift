import JSON
import KernelTesting
import Paths
import Testing

@testable import Kernel

@Suite struct IdentityAliasTests {
    private static let unknownID = "6a1ff1a6-0000-4000-8000-000000000000"

    @Test("an alias is made, read, listed, renamed and deleted") func life() async throws {
        let server = try await TestCore()
        let accessor = try await server.accessor()
        let entity = try await server.entity("e")
        let created = await server.call(
            .update, "identity/entity-alias",
            [
                "name": "alice", "canonical_id": .string(entity),
                "mount_accessor": .string(accessor), "custom_metadata": ["k": "v"],
            ])
        #expect(created.data?["canonical_id"] == .string(entity))
        let id = try #require(created.data?["id"]?.stringValue)
        let path = "identity/entity-alias/id/\(id)"
        let read = await server.call(.read, path)
        #expect(read.data?["name"] == "alice")
        #expect(read.data?["mount_path"] == "auth/token/")
        #expect(read.data?["mount_type"] == "token")
        #expect(read.data?["custom_metadata"] == ["k": "v"])
        #expect(read.data?["metadata"] == .null)
        #expect(read.data?["local"] == false)
        let list = await server.call(.list, "identity/entity-alias/id/")
        #expect(list.data?["keys"] == [.string(id)])
        #expect(list.data?["key_info"]?[id]?["canonical_id"] == .string(entity))
        #expect(await server.call(.update, path, ["name": "bob"]).status == 200)
        #expect(await server.call(.update, path, ["name": "bob"]).status == 204)
        #expect(await server.call(.update, path, [:]).status == 204)
        #expect(await server.call(.read, path).data?["name"] == "bob")
        #expect(await server.call(.delete, path).status == 204)
        #expect(await server.call(.read, path).status == 404)
        #expect(await server.call(.delete, path).status == 204)
        let read2 = await server.call(.read, "identity/entity/id/\(entity)")
        #expect(read2.data?["aliases"] == [])
    }

    @Test("an alias without an entity gets one") func withoutEntity() async throws {
        let server = try await TestCore()
        let accessor = try await server.accessor()
        let response = await server.call(
            .update, "identity/entity-alias", ["name": "x", "mount_accessor": .string(accessor)])
        let entity = try #require(response.data?["canonical_id"]?.stringValue)
        let read = await server.call(.read, "identity/entity/id/\(entity)")
        #expect(read.data?["name"]?.stringValue?.hasPrefix("entity_") == true)
        // The same again is the same alias, whatever its case.
        let again = await server.call(
            .update, "identity/entity-alias",
            ["name": "X", "mount_accessor": .string(accessor), "custom_metadata": ["a": "b"]])
        #expect(again.data?["id"] == response.data?["id"])
    }

    @Test("an entity has one alias at a mount, and an alias one entity") func unique() async throws
    {
        let server = try await TestCore()
        _ = await server.call(.update, "sys/mounts/echo", ["type": "echo"])
        let mounts = await server.call(.read, "sys/mounts")
        let other = try #require(mounts.data?["echo/"]?["accessor"]?.stringValue)
        let one = try await server.entity("one")
        let two = try await server.entity("two")
        let first = try await server.alias("a", of: one)
        let second = try await server.alias("b", of: two)
        let elsewhere = try await server.alias("b", of: one, ["mount_accessor": .string(other)])
        let accessor = try await server.accessor()
        let cases: [(String, JSONValue, String)] = [
            (
                "",
                ["name": "c", "canonical_id": .string(one), "mount_accessor": .string(accessor)],
                "Alias already exists for requested entity and mount accessor"
            ),
            (
                "/id/\(first)", ["name": "B"],
                "alias with combination of mount accessor and name already exists"
            ),
            (
                "/id/\(first)", ["canonical_id": .string(two)],
                "Alias cannot be updated as the given entity already has an alias for this mount"
            ),
            (
                "/id/\(elsewhere)", ["mount_accessor": .string(accessor), "name": "new"],
                "Alias cannot be updated as the given entity already has an alias for this mount"
            ),
            ("", ["name": "c"], "'id' or 'mount_accessor' and 'name' must be provided"),
            (
                "", ["name": "c", "mount_accessor": "nope"], "invalid mount accessor \"nope\""
            ),
            (
                "",
                [
                    "name": "c", "mount_accessor": .string(accessor),
                    "canonical_id": .string(Self.unknownID),
                ], "invalid canonical ID"
            ),
            ("/id/\(Self.unknownID)", ["name": "c"], "invalid alias ID provided"),
            (
                "/id/\(first)", ["canonical_id": .string(Self.unknownID)],
                "given 'canonical_id' is not associated with an entity"
            ),
            ("/id/\(first)", ["custom_metadata": "x"], "custom_metadata"),
            ("/id/\(first)", ["name": "a\nb"], "not allowed"),
        ]
        for (path, body, reason) in cases {
            let response = await server.call(.update, "identity/entity-alias\(path)", body)
            #expect(response.status == 400, "\(reason)")
            #expect(response.errors.first?.contains(reason) == true, "\(response.errors)")
        }
        // Moving works where there is room.
        let three = try await server.entity("three")
        let moved = await server.call(
            .update, "identity/entity-alias/id/\(second)", ["canonical_id": .string(three)])
        #expect(moved.data?["canonical_id"] == .string(three))
        #expect(await server.call(.read, "identity/entity/id/\(two)").data?["aliases"] == [])
    }

    @Test("lookups take one way to look, and find by each") func lookups() async throws {
        let server = try await TestCore()
        let accessor = try await server.accessor()
        let entity = try await server.entity("e")
        let alias = try await server.alias("alice", of: entity)
        let group = try await server.group("g", ["type": "external"])
        let groupAlias = await server.call(
            .update, "identity/group-alias",
            [
                "name": "devs", "mount_accessor": .string(accessor),
                "canonical_id": .string(group),
            ])
        let groupAliasID = try #require(groupAlias.data?["id"])
        for body: JSONValue in [
            ["id": .string(entity)], ["name": "E"], ["alias_id": .string(alias)],
            ["alias_name": "ALICE", "alias_mount_accessor": .string(accessor)],
        ] {
            let found = await server.call(.update, "identity/lookup/entity", body)
            #expect(found.data?["id"] == .string(entity))
        }
        for body: JSONValue in [
            ["id": .string(group)], ["name": "G"], ["alias_id": groupAliasID],
            ["alias_name": "devs", "alias_mount_accessor": .string(accessor)],
        ] {
            let found = await server.call(.update, "identity/lookup/group", body)
            #expect(found.data?["id"] == .string(group))
        }
        let cases: [(JSONValue, Int, String)] = [
            ([:], 400, "query parameter not supplied"),
            (["id": "x", "name": "y"], 400, "query parameter conflict"),
            (["alias_name": "x"], 400, "both 'alias_name' and 'alias_mount_accessor'"),
            (["alias_mount_accessor": "x"], 400, "both 'alias_name' and 'alias_mount_accessor'"),
            (["id": .string(Self.unknownID)], 204, ""), (["id": "nonsense"], 204, ""),
            (["name": "nobody"], 204, ""),
            (["alias_name": "alice", "alias_mount_accessor": "other"], 204, ""),
        ]
        for kind in ["entity", "group"] {
            for (body, status, reason) in cases {
                let response = await server.call(.update, "identity/lookup/\(kind)", body)
                #expect(response.status == status, "\(body)")
                #expect(response.errors.first?.contains(reason) ?? reason.isEmpty)
            }
        }
    }

    @Test("merging takes over aliases and groups, and refuses to guess between two aliases")
    func merge() async throws {
        let server = try await TestCore()
        let from = try await server.entity("from", ["policies": ["p"]])
        let to = try await server.entity("to")
        let fromAlias = try await server.alias("f", of: from)
        let toAlias = try await server.alias("t", of: to)
        let group = try await server.group("g", ["member_entity_ids": [.string(from)]])
        var body: JSONObject = ["from_entity_ids": [.string(from)], "to_entity_id": .string(to)]
        let clash = await server.call(.update, "identity/entity/merge", .object(body))
        #expect(clash.status == 400)
        #expect(clash.errors.first?.contains(fromAlias) == true)
        body["conflicting_alias_ids_to_keep"] = [.string(Self.unknownID)]
        #expect(
            await server.call(.update, "identity/entity/merge", .object(body)).status == 400)
        body["conflicting_alias_ids_to_keep"] = [.string(fromAlias)]
        #expect(
            await server.call(.update, "identity/entity/merge", .object(body)).status == 204)
        let read = await server.call(.read, "identity/entity/id/\(to)")
        #expect(read.data?["merged_entity_ids"] == [.string(from)])
        #expect(read.data?["policies"] == [])
        #expect(read.data?["direct_group_ids"] == [.string(group)])
        let aliases = read.data?["aliases"]?.arrayValue ?? []
        #expect(aliases.map { $0["id"] } == [.string(fromAlias)])
        #expect(aliases.first?["merged_from_canonical_ids"] == [.string(from)])
        #expect(aliases.first?["canonical_id"] == .string(to))
        #expect(await server.call(.read, "identity/entity-alias/id/\(toAlias)").status == 404)
        #expect(await server.call(.read, "identity/entity/id/\(from)").status == 404)
        let itself: JSONValue = ["from_entity_ids": [.string(to)], "to_entity_id": .string(to)]
        #expect(await server.call(.update, "identity/entity/merge", itself).status == 400)
        // Its merged id is not a second way to change it.
        #expect(
            await server.call(.update, "identity/entity/id/\(from)", ["disabled": true]).status
                == 400)
        #expect(await server.call(.delete, "identity/entity/id/\(from)").status == 204)
        #expect(await server.call(.read, "identity/entity/id/\(to)").status == 200)
    }
}
