// Tokens as older versions stored them. Nothing is written in this form any more.

internal import Cryptography
internal import JSON
internal import Network

extension TokenEntry {
    private static let formatVersion = 1

    init(decodingJSON bytes: [UInt8]) throws(BackendFailure) {
        guard let value = try? JSONValue(parsing: bytes), value["v"]?.intValue == Self.formatVersion
        else { throw Self.unknownForm }
        func integer(_ name: String) -> Int64 { Int64(value[name]?.intValue ?? 0) }
        func text(_ name: String) -> String { value[name]?.stringValue ?? "" }
        var metadata: [String: String] = [:]
        for member in value["meta"]?.objectValue?.members ?? [] {
            metadata[member.key] = member.value.stringValue
        }
        self.init(
            accessor: text("accessor"),
            policies: value["policies"]?.arrayValue?.compactMap(\.stringValue) ?? [],
            path: text("path"), displayName: text("display_name"), metadata: metadata,
            createdAt: integer("created"), ttlSeconds: integer("ttl"),
            creationTTLSeconds: integer("creation_ttl"),
            explicitMaxTTLSeconds: integer("explicit_max_ttl"), periodSeconds: integer("period"),
            expiresAt: integer("expires"), lastRenewedAt: integer("renewed"),
            usesLeft: integer("uses"), isRenewable: value["renewable"]?.boolValue ?? false,
            parent: text("parent"), isRevoking: value["revoking"]?.boolValue ?? false)
        entityID = text("entity")
        boundCIDRs = try Self.blocks(value["cidrs"])
        role = text("role")
        login = try value["login"].map { json throws(BackendFailure) in
            try TokenLogin(decoding: json)
        }
    }

    /// A range that cannot be read must not become "everywhere".
    static func blocks(_ value: JSONValue?) throws(BackendFailure) -> [CIDRBlock] {
        guard let value else { return [] }
        var blocks: [CIDRBlock] = []
        for element in value.arrayValue ?? [value] {
            guard let block = element.stringValue.flatMap({ CIDRBlock($0) }) else {
                throw BackendFailure(.internalError, "a stored token's address range is broken")
            }
            blocks.append(block)
        }
        return blocks
    }
}

extension TokenLogin {
    fileprivate init(decoding value: JSONValue) throws(BackendFailure) {
        guard let mountID = value["mount"]?.stringValue.flatMap({ UUID128($0) }),
            let data = value["data"]?.stringValue.flatMap({ Base64.decode($0) })
        else { throw BackendFailure(.internalError, "a stored token's login is broken") }
        self.init(
            mountID: mountID, path: value["path"]?.stringValue ?? "", internalData: data,
            ttlSeconds: Int64(value["ttl"]?.intValue ?? 0),
            maxTTLSeconds: Int64(value["max_ttl"]?.intValue ?? 0))
    }
}
