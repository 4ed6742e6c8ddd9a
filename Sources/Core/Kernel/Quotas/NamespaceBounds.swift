// How much namespaces may use, for those who see to it.

/// What one quota lets a namespace and those below it use; `nil` is without a bound.
public struct NamespaceBounds: Sendable, Equatable {
    /// The quota's name. It tells bounds apart: what two namespaces under it use adds up.
    public var quota: String
    /// Of all entries, as they are stored.
    public var storageBytes: Int?
    /// Secrets engines and auth methods that somebody mounted.
    public var mounts: Int?
    /// Processes that live at once.
    public var pluginProcesses: Int?
    /// For each process.
    public var pluginMemoryBytes: Int?

    public init(
        quota: String, storageBytes: Int? = nil, mounts: Int? = nil, pluginProcesses: Int? = nil,
        pluginMemoryBytes: Int? = nil
    ) {
        self.quota = quota
        self.storageBytes = storageBytes
        self.mounts = mounts
        self.pluginProcesses = pluginProcesses
        self.pluginMemoryBytes = pluginMemoryBytes
    }
}

/// The bounds in force. Whoever asks gets what holds at that moment.
final class NamespaceBoundsTable: Sendable {
    /// By the path of the namespace that a quota is for.
    private let bounds = Snapshot<[String: NamespaceBounds]>([:])

    func replace(_ new: [String: NamespaceBounds]) { bounds.store(new) }

    /// All that hold for a namespace, its own first: each of them counts.
    func bounds(of namespace: Namespace) -> [NamespaceBounds] {
        let bounds = bounds.value
        guard !bounds.isEmpty else { return [] }
        var found: [NamespaceBounds] = []
        var path = namespace.path.utf8[...]
        while !path.isEmpty {
            if let bound = bounds[String(Substring(path))] { found.append(bound) }
            let above = path.dropLast().lastIndex(of: UInt8(ascii: "/"))
            path = above.map { path[...$0] } ?? path[..<path.startIndex]
        }
        return found
    }
}
