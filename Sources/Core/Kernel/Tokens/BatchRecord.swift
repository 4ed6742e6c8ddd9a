// A batch token's record: what a token entry holds, in few bytes, because it travels with every
// request.

internal import JSON
internal import Network

extension TokenEntry {
    /// What is empty is left out. What batch tokens cannot have (uses, periods, an accessor) has no
    /// place here at all.
    func batchRecord() -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("p", policies)
        writer.member("w", path)
        writer.member("c", Int(createdAt))
        writer.member("t", Int(ttlSeconds))
        writer.member("x", Int(expiresAt))
        if !displayName.isEmpty { writer.member("d", displayName) }
        if !parent.isEmpty { writer.member("a", parent) }
        if !entityID.isEmpty { writer.member("e", entityID) }
        if !role.isEmpty { writer.member("r", role) }
        if !boundCIDRs.isEmpty { writer.member("b", boundCIDRs.map(\.text)) }
        if !metadata.isEmpty {
            writer.member(
                "m", JSONValue.object(JSONObject(metadata.map { ($0.key, .string($0.value)) })))
        }
        writer.endObject()
        return writer.bytes
    }

    init(decodingBatchRecord bytes: [UInt8]) throws(BackendFailure) {
        guard let value = try? JSONValue(parsing: bytes), let expires = value["x"]?.intValue,
            expires > 0
        else { throw BackendFailure(.internalError, "a batch token's record cannot be read") }
        func integer(_ name: String) -> Int64 { Int64(value[name]?.intValue ?? 0) }
        func text(_ name: String) -> String { value[name]?.stringValue ?? "" }
        var metadata: [String: String] = [:]
        for member in value["m"]?.objectValue?.members ?? [] {
            metadata[member.key] = member.value.stringValue
        }
        self.init(
            accessor: "", policies: value["p"]?.arrayValue?.compactMap(\.stringValue) ?? [],
            path: text("w"), displayName: text("d"), metadata: metadata, createdAt: integer("c"),
            ttlSeconds: integer("t"), creationTTLSeconds: integer("t"), explicitMaxTTLSeconds: 0,
            periodSeconds: 0, expiresAt: Int64(expires), lastRenewedAt: 0, usesLeft: 0,
            isRenewable: false, parent: text("a"), isRevoking: false)
        entityID = text("e")
        kind = .batch
        boundCIDRs = try Self.blocks(value["b"])
        role = text("r")
    }
}
