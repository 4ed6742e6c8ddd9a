// What a quota applies to.

internal import JSON

/// A quota's path, understood: everything, a namespace, a mount, or paths below a mount. All paths
/// begin with the namespace's.
enum QuotaScope: Sendable, Hashable {
    case global
    /// A mount's route, such as `auth/userpass/`.
    case mount(String)
    /// Exactly this path, without a slash at its end.
    case path(String)
    /// Everything that begins so.
    case prefix(String)

    /// - Parameter text: as it was given, such as `secret/data/team/*`; a namespace may stand
    ///   before the mount, or alone, with all that is in it.
    init(_ text: String, namespaces: NamespaceTable) async throws(BackendFailure) {
        let path = Self.trimmed(text)
        guard !path.isEmpty else {
            self = .global
            return
        }
        guard path.utf8.count <= KernelLimits.requestPathBytes else {
            throw BackendFailure(
                .invalidRequest,
                "a quota's path can have at most \(KernelLimits.requestPathBytes) bytes")
        }
        let tree = namespaces.tree.value
        let (node, rest) = tree.deepest(of: path + "/", from: tree.root)
        let namespace = node.namespace.path
        guard !rest.isEmpty else {
            self = .prefix(namespace)
            return
        }
        guard let target = try await namespaces.state(of: node).mounts.route(rest) else {
            throw BackendFailure(.invalidRequest, "invalid mount path \"\(text)\"")
        }
        let star = UInt8(ascii: "*")
        switch path.utf8.firstIndex(of: star) {
        case nil:
            self =
                target.rest.isEmpty ? .mount(namespace + target.mount.entry.route) : .path(path)
        case let index? where path.utf8.index(after: index) == path.utf8.endIndex:
            self = .prefix(String(path[..<index]))
        default:
            throw BackendFailure(
                .invalidRequest, "a quota's path may have a \"*\" at its end only")
        }
    }

    /// Whether this is about a whole namespace, with those below it.
    ///
    /// - Parameter text: as it was given. A prefix without a star is a namespace's path.
    func isOfNamespace(_ text: String) -> Bool {
        switch self {
        case .global: true
        case .prefix: Self.trimmed(text).utf8.last != UInt8(ascii: "*")
        case .mount, .path: false
        }
    }

    /// Whether all that this is about lies in a namespace.
    func isWithin(_ namespace: Namespace) -> Bool {
        switch self {
        case .global: false
        case .mount(let path), .path(let path), .prefix(let path):
            path.utf8.starts(with: namespace.path.utf8)
        }
    }

    /// Without slashes at both ends.
    static func trimmed(_ text: String) -> String {
        let slash = UInt8(ascii: "/")
        let start = text.utf8.firstIndex { $0 != slash } ?? text.utf8.endIndex
        let end = text.utf8.lastIndex { $0 != slash }.map { text.utf8.index(after: $0) }
        return end.map { String(text[start..<$0]) } ?? ""
    }

    // MARK: Stored form

    var stored: JSONValue {
        switch self {
        case .global: ["kind": "global"]
        case .mount(let route): ["kind": "mount", "value": .string(route)]
        case .path(let path): ["kind": "path", "value": .string(path)]
        case .prefix(let prefix): ["kind": "prefix", "value": .string(prefix)]
        }
    }

    init?(stored: JSONValue?) {
        let value = stored?["value"]?.stringValue ?? ""
        switch stored?["kind"]?.stringValue {
        case "global": self = .global
        case "mount": self = .mount(value)
        case "path": self = .path(value)
        case "prefix": self = .prefix(value)
        default: return nil
        }
    }
}
