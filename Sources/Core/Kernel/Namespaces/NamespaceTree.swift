// All namespaces at one moment, found by path and by id.

internal import Cryptography

/// An immutable table. Every namespace's parent is in it too.
struct NamespaceTree: Sendable {
    private var byPath: [String: NamespaceNode] = [:]
    private var byID: [String: NamespaceNode] = [:]
    let root: NamespaceNode

    init(root: NamespaceNode) {
        self.root = root
        insert(root)
    }

    /// Whether there is no namespace but the root.
    var isRootOnly: Bool { byPath.count == 1 }
    /// Without the root.
    var count: Int { byPath.count - 1 }
    var all: some Collection<NamespaceNode> { byPath.values }

    /// By the full path, with a slash at its end; empty is the root.
    subscript(path path: String) -> NamespaceNode? { byPath[path] }
    subscript(id id: String) -> NamespaceNode? { byID[id] }

    /// The deepest namespace that the path lies in, beginning at `start`, and what of the path
    /// follows it. A namespace that is being removed is none any more.
    func deepest(
        of path: String, from start: NamespaceNode, isAlsoDeleting: Bool = false
    ) -> (node: NamespaceNode, rest: String) {
        var node = start
        var rest = path[...]
        while let slash = rest.utf8.firstIndex(of: UInt8(ascii: "/")) {
            let next = rest.utf8.index(after: slash)
            guard let child = byPath[node.namespace.path + rest[..<next]],
                isAlsoDeleting || child.namespace.condition == .active
            else { break }
            node = child
            rest = rest[next...]
        }
        return (node, rest.startIndex == path.startIndex ? path : String(rest))
    }

    /// Those that lie below a namespace, ordered by path.
    func descendants(of namespace: Namespace) -> [Namespace] {
        byPath.values.lazy.map(\.namespace)
            .filter { $0.id != namespace.id && namespace.contains($0) }
            .sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }

    /// Those that lie directly below a namespace, ordered by path.
    func children(of namespace: Namespace) -> [Namespace] {
        let slash = UInt8(ascii: "/")
        return descendants(of: namespace).filter { child in
            child.path.utf8.dropFirst(namespace.path.utf8.count).dropLast()
                .allSatisfy { $0 != slash }
        }
    }

    /// Adds a namespace or replaces its record.
    func setting(_ namespace: Namespace) -> NamespaceTree {
        var copy = self
        let old = copy.byID[namespace.id]
        let isLockChanged = old?.namespace.lock != namespace.lock
        let node = old ?? NamespaceNode(namespace)
        copy.insert(node.with(namespace, lockedBy: copy.lock(above: namespace)))
        if isLockChanged, old != nil {
            for below in copy.descendants(of: namespace) {
                guard let node = copy.byID[below.id] else { continue }
                copy.insert(node.with(below, lockedBy: copy.lock(above: below)))
            }
        }
        return copy
    }

    func removing(_ namespace: Namespace) -> NamespaceTree {
        var copy = self
        copy.byPath[namespace.path] = nil
        copy.byID[namespace.id] = nil
        return copy
    }

    private mutating func insert(_ node: NamespaceNode) {
        byPath[node.namespace.path] = node
        byID[node.namespace.id] = node
    }

    /// The outermost locked namespace on the way to this one.
    private func lock(above namespace: Namespace) -> String? {
        let utf8 = namespace.path.utf8
        var index = utf8.startIndex
        while let slash = utf8[index...].firstIndex(of: UInt8(ascii: "/")) {
            index = utf8.index(after: slash)
            let path = String(namespace.path[..<index])
            let isLast = index == utf8.endIndex
            let record = isLast ? namespace : byPath[path]?.namespace
            if record?.lock != nil { return path }
        }
        return nil
    }
}
