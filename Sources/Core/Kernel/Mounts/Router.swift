// Finds the mount that a path belongs to.

internal import Cryptography

/// An immutable table of mounts.
///
/// No mount lies inside another, so at most one of a path's prefixes is in the table and the first
/// hit is the answer.
struct Router: Sendable {
    private(set) var mounts: [String: Mount] = [:]
    private var byID: [UUID128: Mount] = [:]

    init(_ mounts: [Mount] = []) {
        for mount in mounts {
            self.mounts[mount.entry.route] = mount
            byID[mount.entry.id] = mount
        }
    }

    /// The mount and what of the path follows it.
    func route(_ path: String) -> (mount: Mount, rest: String)? {
        let utf8 = path.utf8
        var index = utf8.startIndex
        while let slash = utf8[index...].firstIndex(of: UInt8(ascii: "/")) {
            let next = utf8.index(after: slash)
            if let mount = mounts[String(path[..<next])] {
                return (mount, String(path[next...]))
            }
            index = next
        }
        // `sys` and the like without their slash.
        if let mount = mounts[path + "/"] { return (mount, "") }
        return nil
    }

    /// The mount at exactly this route.
    subscript(route: String) -> Mount? { mounts[route] }

    /// The mount with this id, wherever it is.
    subscript(id id: UUID128) -> Mount? { byID[id] }

    /// A mount that this route would lie in or that would lie in it.
    func conflict(with route: String) -> String? {
        if let existing = self.route(route) { return existing.mount.entry.route }
        return mounts.keys.first { $0.utf8.starts(with: route.utf8) }
    }

    func adding(_ mount: Mount) -> Router {
        var copy = self
        copy.mounts[mount.entry.route] = mount
        copy.byID[mount.entry.id] = mount
        return copy
    }

    func removing(_ route: String) -> Router {
        var copy = self
        if let removed = copy.mounts.removeValue(forKey: route) {
            copy.byID[removed.entry.id] = nil
        }
        return copy
    }
}
