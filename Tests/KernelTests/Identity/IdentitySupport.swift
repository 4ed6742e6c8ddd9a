// Short ways to make identities, and tokens that belong to them.

import Cryptography
import JSON
import KernelTesting
import Paths
import Testing

@testable import Kernel

extension TestCore {
    /// Makes an entity and gives its id.
    func entity(_ name: String, _ more: JSONObject = [:]) async throws -> String {
        var body = more
        body["name"] = .string(name)
        let response = await call(.update, "identity/entity", .object(body))
        return try #require(response.data?["id"]?.stringValue)
    }

    /// Makes an alias at the token mount and gives its id.
    func alias(_ name: String, of entity: String, _ more: JSONObject = [:]) async throws -> String {
        var body = more
        body["name"] = .string(name)
        body["canonical_id"] = .string(entity)
        if body["mount_accessor"] == nil { body["mount_accessor"] = .string(try await accessor()) }
        let response = await call(.update, "identity/entity-alias", .object(body))
        return try #require(response.data?["id"]?.stringValue)
    }

    /// Accessor of an auth mount.
    func accessor(_ path: String = "token/") async throws -> String {
        let mounts = await call(.read, "sys/auth")
        return try #require(mounts.data?[path]?["accessor"]?.stringValue)
    }

    /// Makes a group and gives its id.
    func group(_ name: String, _ more: JSONObject = [:]) async throws -> String {
        var body = more
        body["name"] = .string(name)
        let response = await call(.update, "identity/group", .object(body))
        return try #require(response.data?["id"]?.stringValue)
    }

    /// A token with policies of its own that belongs to an entity.
    func token(_ policies: [String], ofEntity id: String) async throws -> String {
        let text = try await token(policies)
        let tokens = try core.rootState().tokens
        let stored = try #require(try tokens.find(tokens.key(of: SecretBytes(utf8: text))))
        var entry = stored.entry
        entry.entityID = id
        #expect(try await tokens.replace(stored, with: entry))
        return text
    }

    /// Mounts the echo engine and writes policies that allow to read one path each, named like it.
    func readable(_ names: String...) async {
        _ = await call(.update, "sys/mounts/echo", ["type": "echo"])
        for name in names {
            await policy(name, "path \"echo/\(name)\" { capabilities = [\"read\"] }")
        }
    }

    func statuses(_ paths: [String], token: String) async -> [Int] {
        var statuses: [Int] = []
        for path in paths { statuses.append(await call(.read, path, token: token).status) }
        return statuses
    }
}
