// What an audit line says about a request: a closed list of typed fields. What has no field here is
// never written.

public import Cryptography
internal import JSON

/// The request of an entry, as it came in.
public struct EntryRequest: Sendable {
    public var id: UUID128
    /// `create`, `read`, `update`, `patch`, `delete`, `list`, …
    public var operation: String
    public var mount: EntryMount?
    /// Written as its keyed digest only, unless the device logs raw.
    public var clientToken: SecretBytes?
    public var clientTokenAccessor = ""
    public var namespaceID = ""
    public var namespacePath = ""
    public var path: String
    /// A JSON object, or empty.
    public var data: [UInt8] = []
    /// Members of `data` that are written plain.
    public var plainKeys: [String] = []
    public var remoteAddress = ""
    public var remotePort = 0
    public var wrapTTLSeconds: UInt64 = 0
    public var headers: [EntryHeader] = []

    public init(id: UUID128, operation: String, path: String) {
        self.id = id
        self.operation = operation
        self.path = path
    }
}

/// A request header that somebody asked to have written along.
public struct EntryHeader: Sendable, Equatable {
    public var name: String
    public var value: String
    public var isPlain: Bool

    public init(name: String, value: String, isPlain: Bool) {
        self.name = name
        self.value = value
        self.isPlain = isPlain
    }
}

/// The mount that a request goes to or that answered. Made once for a mount: what lines say about
/// it is the same on all devices.
public struct EntryMount: Sendable, Equatable {
    /// The members of an object, without its braces.
    let members: [UInt8]

    /// - Parameters:
    ///   - kind: `secret` or `auth`.
    ///   - isExternal: whether its engine is a process of its own.
    public init(
        point: String, type: String, accessor: String, kind: String, runningVersion: String = "",
        isExternal: Bool = false
    ) {
        var writer = JSONWriter()
        writer.beginObject()
        for (name, value) in [
            ("mount_point", point), ("mount_type", type), ("mount_accessor", accessor),
            ("mount_running_version", runningVersion), ("mount_class", kind),
        ] where !value.isEmpty {
            writer.member(name, value)
        }
        if isExternal { writer.member("mount_is_external_plugin", true) }
        members = Array(writer.bytes.dropFirst())
    }
}
