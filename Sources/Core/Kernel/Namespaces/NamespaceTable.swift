// The server's namespaces: who they are, where requests and tokens belong, and their tables.

internal import Barrier
internal import Cryptography
internal import Logging
internal import Synchronization

/// All namespaces, each stored as `core/namespaces/<id>`. At unsealing only these are read; a
/// namespace's own tables wait for the first request.
final class NamespaceTable: Sendable {
    /// Names the root namespace's random id.
    static let rootKey = "core/root-namespace"
    static let folder = "core/namespaces/"
    /// The secrets that namespaces' data are encrypted with.
    static let keyFolder = "core/namespace-keys/"

    let surroundings: NamespaceSurroundings
    let root: NamespaceState
    let tree: Snapshot<NamespaceTree>
    let changes = AsyncLock()
    /// What else there is to do when a namespace goes.
    let whenRemoved = Mutex<(@Sendable (Namespace) async throws(BackendFailure) -> Void)?>(nil)
    private let changed = Mutex<(@Sendable () -> Void)?>(nil)
    let removals = Mutex<[String: Task<Void, Never>]>([:])
    /// Looked at by every request: without other namespaces it looks no further.
    private let hasOthers = Atomic(false)

    init(_ surroundings: NamespaceSurroundings) async throws(BackendFailure) {
        self.surroundings = surroundings
        let barrier = surroundings.barrier
        guard let stored = try barrier.read(Self.rootKey) else {
            throw BackendFailure(.internalError, "the store has no root namespace")
        }
        let id = String(decoding: stored.value, as: UTF8.self)
        let namespace = Namespace(id: id, uuid: UUID128(digestOf: id), path: "")
        barrier.separateNamespaces(from: id)
        root = try await NamespaceState(namespace, surroundings)
        var records: [Namespace] = []
        try barrier.forEachName(in: Self.folder) { name throws(BackendFailure) in
            guard let stored = try barrier.read(Self.folder + name) else { return }
            records.append(try Namespace(id: name, decoding: stored.value))
            if var key = try barrier.read(Self.keyFolder + name)?.value {
                barrier.addNamespaceKey(SecretBytes(erasing: &key), for: name)
            }
        }
        var tree = NamespaceTree(root: NamespaceNode(namespace, state: root))
        // A parent comes before its children: whether it is locked decides whether they are.
        for record in records.sorted(by: { $0.path.utf8.count < $1.path.utf8.count }) {
            tree = tree.setting(record)
        }
        self.tree = Snapshot(tree)
        hasOthers.store(!tree.isRootOnly, ordering: .releasing)
        surroundings.directory.become { [weak self] in self }
    }

    /// Whether there is no namespace but the root.
    var isRootOnly: Bool { !hasOthers.load(ordering: .acquiring) }

    func publish(_ new: NamespaceTree) {
        tree.store(new)
        hasOthers.store(!new.isRootOnly, ordering: .releasing)
        changed.withLock { $0 }?()
    }

    /// Calls `body` when a namespace has come, changed or gone.
    func whenChanged(_ body: @escaping @Sendable () -> Void) { changed.withLock { $0 = body } }

    /// The tables of a namespace. Those of the namespaces above it are read first, since they are
    /// where its callers come from.
    func state(of node: NamespaceNode) async throws(BackendFailure) -> NamespaceState {
        if let state = node.state { return state }
        let namespace = node.namespace
        if let parent = parent(of: namespace) { _ = try await state(of: parent) }
        let surroundings = surroundings
        return try await node.state { () async throws(BackendFailure) in
            try await NamespaceState(namespace, surroundings)
        }
    }

    /// The tables that are in memory.
    var loaded: [NamespaceState] { tree.value.all.compactMap(\.state) }

    /// How many leases there are below a path that begins with a namespace's, or in all namespaces
    /// that the path is the beginning of. Counts what is in memory: a namespace that nobody has
    /// used since the server was unsealed is not there.
    func leases(below prefix: String) -> Int {
        loaded.reduce(0) { count, state in
            let path = state.namespace.path
            if path.utf8.starts(with: prefix.utf8) {
                return count + state.leases.count(prefix: "").leases
            }
            guard prefix.utf8.starts(with: path.utf8) else { return count }
            let rest = String(prefix.utf8.dropFirst(path.utf8.count)) ?? ""
            return count + state.leases.count(prefix: rest).leases
        }
    }

    /// How many leases count towards a quota of this scope.
    func leases(within scope: QuotaScope) -> Int {
        switch scope {
        case .global: leases(below: "")
        case .mount(let route): leases(below: route)
        case .path(let path): leases(below: path + "/")
        case .prefix(let prefix): leases(below: prefix)
        }
    }

    func parent(of namespace: Namespace) -> NamespaceNode? {
        guard !namespace.isRoot else { return nil }
        let segments = namespace.path.dropLast().utf8
        let slash = segments.lastIndex(of: UInt8(ascii: "/"))
        let path = slash.map { String(namespace.path[...$0]) } ?? ""
        return tree.value[path: path]
    }

    // MARK: Requests

    /// The namespace that a request is for, by its header and what its path begins with, and the
    /// request as that namespace sees it.
    ///
    /// A header that names no namespace gets what a namespace without rights gets, so that nobody
    /// finds out which ones there are.
    func place(
        _ request: ClientRequest
    ) throws(BackendFailure) -> (node: NamespaceNode, request: ClientRequest) {
        let tree = tree.value
        var start = tree.root
        if !request.namespace.isEmpty, request.namespace != Self.rootName {
            guard let named = tree[path: request.namespace + "/"],
                named.namespace.condition == .active
            else { throw RequestPipeline.permissionDenied }
            start = named
        }
        let (node, rest) = tree.deepest(of: request.path, from: start)
        return (node, request.placed(in: node.namespace.path, path: rest))
    }

    /// A header may spell the root namespace out.
    static let rootName = "root"

    /// The namespace that a token says it belongs to.
    func home(ofToken secret: SecretBytes) -> NamespaceNode? {
        let tree = tree.value
        guard let id = Self.namespaceID(ofToken: secret) else { return tree.root }
        guard let node = tree[id: id], node.namespace.condition == .active,
            !node.namespace.isRoot
        else { return nil }
        return node
    }

    /// What follows the last dot of a token, but for the one after its kind; `nil` without one.
    private static func namespaceID(ofToken secret: SecretBytes) -> String? {
        secret.withUnsafeBytes { bytes in
            let dot = UInt8(ascii: ".")
            guard bytes.count <= KernelLimits.batchTokenBytes,
                let last = bytes.lastIndex(of: dot),
                last != 3 || !(bytes.starts(with: "hvs".utf8) || bytes.starts(with: "hvb".utf8))
            else { return nil }
            let id = bytes[bytes.index(after: last)...]
            return id.count <= 32 ? String(decoding: id, as: UTF8.self) : ""
        }
    }
}
