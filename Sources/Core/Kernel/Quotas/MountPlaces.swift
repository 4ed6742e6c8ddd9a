// How many mounts there are below a namespace, and places for those that are being made.

internal import Cryptography
internal import Synchronization

/// A mount takes its place before its engine is started, so of several that are made at once, in
/// whatever namespaces, no more succeed than there is room for.
final class MountPlaces: Sendable {
    /// Mounts that may not be stored yet, with the paths of their namespaces.
    private let taken = Mutex<[String: String]>([:])

    /// Takes a place for a new mount, if all bounds have room. It is given back with `leave` when
    /// the mount is stored or was given up.
    func take(
        _ mount: UUID128, in namespace: Namespace, within bounds: NamespaceBoundsTable,
        of directory: NamespaceDirectory
    ) throws(BackendFailure) {
        let limits = bounds.over(namespace.path).compactMap { found in
            found.bounds.mounts.map { (found.path, found.bounds.label, $0) }
        }
        if limits.isEmpty { return }
        try taken.withLock { taken throws(BackendFailure) in
            for (path, label, limit) in limits {
                guard try Self.count(below: path, directory, taken) >= limit else { continue }
                throw NamespaceBoundsTable.exceeded(
                    label, "max_mounts", "at most \(limit) mounts can be there")
            }
            taken[mount.text] = namespace.path
        }
    }

    func leave(_ mount: UUID128) { taken.withLock { $0[mount.text] = nil } }

    /// How many mounts a namespace and those below it have, built-in ones not counted.
    func count(below path: String, _ directory: NamespaceDirectory) throws(BackendFailure) -> Int {
        try taken.withLock { taken throws(BackendFailure) in
            try Self.count(below: path, directory, taken)
        }
    }

    /// A mount that is stored and has not left its place is one.
    private static func count(
        below path: String, _ directory: NamespaceDirectory, _ taken: [String: String]
    ) throws(BackendFailure) -> Int {
        let unstored = taken.filter { $0.value.utf8.starts(with: path.utf8) }
        var count = unstored.count
        try directory.forEachStoredMount(below: path) { if unstored[$0] == nil { count += 1 } }
        return count
    }
}
