// Going through leases by path, in byte order and page by page.

internal import Barrier

extension LeaseStore {
    /// The ids below a path, or the one id that the path is. Pages are read as they are needed, so
    /// leases may be changed or removed by `body`.
    func forEachID(
        below path: String, _ body: (LeaseID) async throws(BackendFailure) -> Void
    ) async throws(BackendFailure) {
        if let id = LeaseID(path), try barrier.read(idPath(id)) != nil { return try await body(id) }
        var walk = LeaseWalk(path)
        while let ids = try walk.next(self) {
            for id in ids { try await body(id) }
        }
    }

    /// Direct children of a path, as a listing shows them.
    func names(below path: String, after: String, limit: Int) throws(BackendFailure) -> [String] {
        try barrier.names(idFolder + LeaseWalk.folder(path), after: after, limit: limit)
    }
}

/// A place on the way through the ids below a path.
struct LeaseWalk {
    private static let pageEntries = 256

    /// The folders that are open, outermost first, each with the last name that was seen in it.
    private var folders: [(path: String, after: String)]
    /// One name is read at a time where folders lie beside each other: what follows a folder is not
    /// of interest before its content.
    private var isAmongFolders = false

    /// Empty, or with a slash at the end.
    static func folder(_ path: String) -> String {
        path.isEmpty || path.utf8.last == UInt8(ascii: "/") ? path : path + "/"
    }

    init(_ path: String) { folders = [(Self.folder(path), "")] }

    /// Goes on behind a folder that the walk is in, or has just met something of.
    mutating func skip(_ folder: String) {
        while let (path, _) = folders.last {
            guard path.utf8.count >= folder.utf8.count || !folder.utf8.starts(with: path.utf8)
            else {
                folders[folders.count - 1].after =
                    String(folder.utf8.dropFirst(path.utf8.count)) ?? ""
                isAmongFolders = true
                return
            }
            folders.removeLast()
        }
    }

    /// Everything up to here was seen; `nil` at the end.
    var place: [UInt8]? {
        guard let (path, after) = folders.last else { return nil }
        let place = Array((path + after).utf8)
        // With a folder, all that lies in it: no text has this byte.
        return after.utf8.last == UInt8(ascii: "/") ? place + [0xFF] : place
    }

    /// Some of the ids that follow; there may be more even if it gives none. `nil` at the end.
    mutating func next(_ store: LeaseStore) throws(BackendFailure) -> [LeaseID]? {
        guard let (path, after) = folders.last else { return nil }
        let limit = isAmongFolders ? 1 : Self.pageEntries
        let names = try store.barrier.names(store.idFolder + path, after: after, limit: limit)
        var ids: [LeaseID] = []
        for name in names {
            folders[folders.count - 1].after = name
            if name.utf8.last == UInt8(ascii: "/") {
                folders.append((path + name, ""))
                isAmongFolders = true
                return ids
            }
            isAmongFolders = false
            if let id = LeaseID(path + name) { ids.append(id) }
        }
        if names.count < limit {
            folders.removeLast()
            // Its parent had a folder, and probably has more.
            isAmongFolders = true
        }
        return ids
    }
}
