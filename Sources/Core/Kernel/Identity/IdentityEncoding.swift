// Entities and groups behind the barrier: one JSON entry each.

internal import Clock
internal import Cryptography
internal import JSON

/// Version of the stored form; a newer one is refused instead of being half understood.
private let formatVersion = 1

extension Entity {
    func encoded() -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("v", formatVersion)
        writer.member("name", name)
        writer.member("metadata", metadata.json)
        writer.member("policies", policies)
        writer.member("disabled", isDisabled)
        writer.member("merged", mergedIDs.map(\.text))
        writer.member(
            "groups",
            JSONValue.array(externalGroups.map { .strings([$0.group.text, $0.alias.text]) })
        )
        writer.member("aliases", JSONValue.array(aliases.map(\.stored)))
        writer.member("created", Int(createdAt.nanoseconds))
        writer.member("updated", Int(updatedAt.nanoseconds))
        writer.endObject()
        return writer.bytes
    }

    init(id: UUID128, decoding bytes: [UInt8]) throws(BackendFailure) {
        let value = try StoredIdentity.value(bytes)
        self.init(id: id, name: value["name"]?.stringValue ?? "", now: value.time("created"))
        metadata = StringPairs(value["metadata"])
        policies = value.texts("policies")
        isDisabled = value["disabled"]?.boolValue ?? false
        mergedIDs = value.ids("merged")
        externalGroups = (value["groups"]?.arrayValue ?? []).compactMap { pair in
            let ids = (pair.arrayValue ?? []).compactMap { UUID128($0.stringValue ?? "") }
            return ids.count == 2 ? ExternalMembership(group: ids[0], alias: ids[1]) : nil
        }
        aliases = (value["aliases"]?.arrayValue ?? []).compactMap(IdentityAlias.init(stored:))
        updatedAt = value.time("updated")
    }
}

extension IdentityGroup {
    func encoded() -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("v", formatVersion)
        writer.member("name", name)
        writer.member("type", kind.rawValue)
        writer.member("metadata", metadata.json)
        writer.member("policies", policies)
        writer.member("entities", memberEntityIDs.map(\.text))
        writer.member("groups", memberGroupIDs.map(\.text))
        writer.member("alias", alias?.stored ?? .null)
        writer.member("index", modifyIndex)
        writer.member("created", Int(createdAt.nanoseconds))
        writer.member("updated", Int(updatedAt.nanoseconds))
        writer.endObject()
        return writer.bytes
    }

    init(id: UUID128, decoding bytes: [UInt8]) throws(BackendFailure) {
        let value = try StoredIdentity.value(bytes)
        guard let kind = Kind(rawValue: value["type"]?.stringValue ?? "") else {
            throw StoredIdentity.unknownForm
        }
        self.init(
            id: id, name: value["name"]?.stringValue ?? "", kind: kind, now: value.time("created"))
        metadata = StringPairs(value["metadata"])
        policies = value.texts("policies")
        memberEntityIDs = value.ids("entities")
        memberGroupIDs = value.ids("groups")
        alias = value["alias"].flatMap(IdentityAlias.init(stored:))
        modifyIndex = UInt64(max(0, value["index"]?.intValue ?? 0))
        updatedAt = value.time("updated")
    }
}

extension IdentityAlias {
    fileprivate var stored: JSONValue {
        [
            "id": .string(id.text), "name": .string(name), "accessor": .string(mountAccessor),
            "metadata": metadata.json, "custom_metadata": customMetadata.json,
            "merged_from": .strings(mergedFrom.map(\.text)), "local": .bool(isLocal),
            "created": .int(createdAt.nanoseconds), "updated": .int(updatedAt.nanoseconds),
        ]
    }

    fileprivate init?(stored value: JSONValue) {
        guard let id = UUID128(value["id"]?.stringValue ?? ""),
            let name = value["name"]?.stringValue, let accessor = value["accessor"]?.stringValue
        else { return nil }
        self.init(id: id, name: name, mountAccessor: accessor, now: value.time("created"))
        metadata = StringPairs(value["metadata"])
        customMetadata = StringPairs(value["custom_metadata"])
        mergedFrom = value.ids("merged_from")
        isLocal = value["local"]?.boolValue ?? false
        updatedAt = value.time("updated")
    }
}

private enum StoredIdentity {
    static var unknownForm: BackendFailure {
        BackendFailure(
            .internalError,
            "a stored entity or group has a form that this version does not know")
    }

    static func value(_ bytes: [UInt8]) throws(BackendFailure) -> JSONValue {
        guard let value = try? JSONValue(parsing: bytes, limits: .unlimitedMembers),
            value["v"]?.intValue == formatVersion
        else { throw unknownForm }
        return value
    }
}

extension JSONValue {
    fileprivate func time(_ name: String) -> Timestamp {
        Timestamp(nanoseconds: Int64(self[name]?.intValue ?? 0))
    }

    fileprivate func texts(_ name: String) -> [String] {
        (self[name]?.arrayValue ?? []).compactMap(\.stringValue)
    }

    fileprivate func ids(_ name: String) -> [UUID128] { texts(name).compactMap { UUID128($0) } }
}
