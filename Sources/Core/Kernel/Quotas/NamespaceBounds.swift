// How much namespaces may use, for those who see to it.

internal import Paths
internal import Synchronization

/// What one quota lets a namespace and those below it use; `nil` is without a bound.
public struct NamespaceBounds: Sendable, Equatable {
    /// The quota's name. It tells bounds apart: what two namespaces under it use adds up.
    public var quota: String
    /// Path of the namespace that it is for, which may be one above whoever meets the bound.
    public var namespace: String
    /// Of all entries, as they are stored.
    public var storageBytes: Int?
    /// Secrets engines and auth methods that somebody mounted.
    public var mounts: Int?
    /// Processes that live at once.
    public var pluginProcesses: Int?
    /// For each process.
    public var pluginMemoryBytes: Int?

    public init(
        quota: String, of namespace: String, storageBytes: Int? = nil, mounts: Int? = nil,
        pluginProcesses: Int? = nil,
        pluginMemoryBytes: Int? = nil
    ) {
        self.quota = quota
        self.namespace = namespace
        self.storageBytes = storageBytes
        self.mounts = mounts
        self.pluginProcesses = pluginProcesses
        self.pluginMemoryBytes = pluginMemoryBytes
    }

    /// What messages call the quota.
    public var label: String { "\"\(quota)\" of \"\(VisibleText.escaping(namespace))\"" }
}

/// The bounds in force. Whoever asks gets what holds at that moment.
final class NamespaceBoundsTable: Sendable {
    /// By the path of the namespace that a quota is for.
    private let bounds = Snapshot<[String: NamespaceBounds]>([:])
    private let changed = Mutex<(@Sendable () -> Void)?>(nil)
    let places = MountPlaces()

    /// By the path of the namespace that each is for.
    var all: [String: NamespaceBounds] { bounds.value }

    func replace(_ new: [String: NamespaceBounds]) {
        bounds.store(new)
        changed.withLock { $0 }?()
    }

    /// Calls `body` after each change.
    func whenChanged(_ body: @escaping @Sendable () -> Void) { changed.withLock { $0 = body } }

    /// All that hold for a namespace, its own first: each of them counts.
    func bounds(of namespace: Namespace) -> [NamespaceBounds] {
        over(namespace.path).map(\.bounds)
    }

    /// The same with the paths of the namespaces that they are for.
    func over(_ namespace: String) -> [(path: String, bounds: NamespaceBounds)] {
        let bounds = bounds.value
        guard !bounds.isEmpty else { return [] }
        var found: [(path: String, bounds: NamespaceBounds)] = []
        var path = namespace.utf8[...]
        while !path.isEmpty {
            let text = String(Substring(path))
            if let bound = bounds[text] { found.append((text, bound)) }
            let above = path.dropLast().lastIndex(of: UInt8(ascii: "/"))
            path = above.map { path[...$0] } ?? path[..<path.startIndex]
        }
        return found
    }

    /// What a client hears whose request would go over a bound, with the bound's field. What frees
    /// room is the namespace's own business, so the request may be sent again.
    static func exceeded(_ label: String, _ field: String, _ rule: String) -> BackendFailure {
        BackendFailure(
            .rateLimited, "namespace quota \(label) exceeded: \(rule) (\(field))")
    }
}
