// What is mounted where, and its form behind the barrier.

internal import Cryptography
internal import JSON

/// An engine mounted at a path.
struct MountEntry: Sendable, Equatable {
    /// With its trailing slash; auth methods without the `auth/` that routes have.
    var path: String
    var kind: BackendKind
    var type: String
    var description: String
    var id: UUID128
    var accessor: String
    var options: [String: String]
    var settings: MountSettings
    var isLocal: Bool
    var isSealWrapped: Bool
    /// The registered version that it was given; "" leaves it to the catalog.
    var pluginVersion: String

    /// The path that requests begin with.
    var route: String { kind == .auth ? "auth/" + path : path }

    var plugin: PluginID { PluginID(kind: kind, name: type) }
}

/// What `tune` changes.
struct MountSettings: Sendable, Equatable {
    /// 0 is "the system's".
    var defaultLeaseTTLSeconds: Int64 = 0
    var maxLeaseTTLSeconds: Int64 = 0
    var forcesNoCache = false
    /// "", "hidden" or "unauth".
    var listingVisibility = ""
    var auditNonHMACRequestKeys: [String] = []
    var auditNonHMACResponseKeys: [String] = []
    var passthroughRequestHeaders: [String] = []
    var allowedResponseHeaders: [String] = []
    var tokenType = ""
    var lockout = LockoutSettings()
}

extension MountEntry {
    private static let formatVersion = 1

    func encoded() -> [UInt8] {
        var value: JSONValue = [
            "v": .number(JSONNumber(Self.formatVersion)),
            "path": .string(path),
            "kind": .string(kind.rawValue),
            "type": .string(type),
            "description": .string(description),
            "uuid": .string(id.text),
            "accessor": .string(accessor),
            "options": .object(
                JSONObject(options.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })),
            "default_lease_ttl": .number(JSONNumber(Int(settings.defaultLeaseTTLSeconds))),
            "max_lease_ttl": .number(JSONNumber(Int(settings.maxLeaseTTLSeconds))),
            "force_no_cache": .bool(settings.forcesNoCache),
            "listing_visibility": .string(settings.listingVisibility),
            "audit_non_hmac_request_keys": Self.list(settings.auditNonHMACRequestKeys),
            "audit_non_hmac_response_keys": Self.list(settings.auditNonHMACResponseKeys),
            "passthrough_request_headers": Self.list(settings.passthroughRequestHeaders),
            "allowed_response_headers": Self.list(settings.allowedResponseHeaders),
            "token_type": .string(settings.tokenType),
            "local": .bool(isLocal),
            "seal_wrap": .bool(isSealWrapped),
            "plugin_version": .string(pluginVersion),
        ]
        if let lockout = settings.lockout.json { value["user_lockout"] = lockout }
        return value.encoded()
    }

    private static func list(_ values: [String]) -> JSONValue {
        .array(values.map { .string($0) })
    }

    init(decoding bytes: [UInt8]) throws(BackendFailure) {
        guard let value = try? JSONValue(parsing: bytes),
            value["v"]?.intValue == Self.formatVersion,
            let path = value["path"]?.stringValue,
            let kind = value["kind"]?.stringValue.flatMap(BackendKind.init(rawValue:)),
            let id = value["uuid"]?.stringValue.flatMap({ UUID128($0) })
        else {
            throw BackendFailure(
                .internalError, "a stored mount has a form that this version does not know")
        }
        func text(_ name: String) -> String { value[name]?.stringValue ?? "" }
        func list(_ name: String) -> [String] {
            value[name]?.arrayValue?.compactMap(\.stringValue) ?? []
        }
        self.path = path
        self.kind = kind
        self.type = text("type")
        self.description = text("description")
        self.id = id
        self.accessor = text("accessor")
        self.options = [:]
        for member in value["options"]?.objectValue?.members ?? [] {
            self.options[member.key] = member.value.stringValue
        }
        self.settings = MountSettings(
            defaultLeaseTTLSeconds: Int64(value["default_lease_ttl"]?.intValue ?? 0),
            maxLeaseTTLSeconds: Int64(value["max_lease_ttl"]?.intValue ?? 0),
            forcesNoCache: value["force_no_cache"]?.boolValue ?? false,
            listingVisibility: text("listing_visibility"),
            auditNonHMACRequestKeys: list("audit_non_hmac_request_keys"),
            auditNonHMACResponseKeys: list("audit_non_hmac_response_keys"),
            passthroughRequestHeaders: list("passthrough_request_headers"),
            allowedResponseHeaders: list("allowed_response_headers"),
            tokenType: text("token_type"),
            lockout: LockoutSettings(decoding: value["user_lockout"]))
        self.isLocal = value["local"]?.boolValue ?? false
        self.isSealWrapped = value["seal_wrap"]?.boolValue ?? false
        self.pluginVersion = text("plugin_version")
    }
}
