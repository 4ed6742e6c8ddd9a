// What is known of a namespace, and its form behind the barrier.

internal import Cryptography
internal import JSON

/// A tenant's part of the server: its own engines, policies, tokens, leases and identities.
struct Namespace: Sendable, Equatable {
    enum Condition: String, Sendable {
        case active
        /// It takes no requests any more and is being removed.
        case deleting
    }

    /// Random and never used again. Tokens, accessors and leases of the namespace end in it, and
    /// its data lie below it.
    let id: String
    let uuid: UUID128
    /// With a slash at its end, such as `team/project/`; empty for the root namespace.
    let path: String
    var customMetadata: [String: String] = [:]
    var condition = Condition.active
    /// Digest of the key that unlocks the API; `nil` while it is not locked.
    var lock: [UInt8]?
    /// What its ids end in; nothing in the root namespace.
    let idSuffix: String

    init(id: String, uuid: UUID128, path: String) {
        self.id = id
        self.uuid = uuid
        self.path = path
        idSuffix = path.isEmpty ? "" : "." + id
    }

    static let idCharacters = 6

    var isRoot: Bool { path.isEmpty }

    /// The id as clients see it. That of the root namespace is known to everybody.
    var shownID: String { isRoot ? "root" : id }

    /// What metrics call it.
    var label: String { isRoot ? "root" : String(path.dropLast()) }

    /// Storage keys of the namespace begin with this.
    var storagePrefix: String { NamespaceState.prefix(id) }

    /// Whether the other one is this one or lies below it.
    func contains(_ other: Namespace) -> Bool { other.path.utf8.starts(with: path.utf8) }

    /// The other's path as this one sees it, if it lies below this one.
    func relativePath(of other: Namespace) -> String {
        String(other.path.utf8.dropFirst(path.utf8.count)) ?? ""
    }
}

extension Namespace {
    private static let formatVersion = 1

    func encoded() -> [UInt8] {
        var object = JSONObject([
            ("v", .int(Self.formatVersion)), ("uuid", .string(uuid.text)), ("path", .string(path)),
            ("custom_metadata", .object(metadataObject)),
            ("condition", .string(condition.rawValue)),
        ])
        if let lock { object["lock"] = .string(Hex.encode(lock)) }
        return JSONValue.object(object).encoded()
    }

    init(id: String, decoding bytes: [UInt8]) throws(BackendFailure) {
        guard let value = try? JSONValue(parsing: bytes),
            value["v"]?.intValue == Self.formatVersion,
            let uuid = value["uuid"]?.stringValue.flatMap({ UUID128($0) }),
            let path = value["path"]?.stringValue, !path.isEmpty,
            let condition = value["condition"]?.stringValue.flatMap(Condition.init(rawValue:))
        else {
            throw BackendFailure(
                .internalError, "a stored namespace has a form that this version does not know")
        }
        self.init(id: id, uuid: uuid, path: path)
        self.condition = condition
        for member in value["custom_metadata"]?.objectValue?.members ?? [] {
            customMetadata[member.key] = member.value.stringValue
        }
        if let lock = value["lock"]?.stringValue { self.lock = Hex.decode(lock) ?? [] }
    }

    var metadataObject: JSONObject {
        JSONObject(customMetadata.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })
    }
}
