// Finds the quota that applies to a path: the most specific one.

/// An immutable table of quotas by what they apply to.
struct ScopeTable<Quota: Sendable>: Sendable {
    private var global: Quota?
    private var mounts: [String: Quota] = [:]
    private var paths: [String: Quota] = [:]
    /// The longest first.
    private var prefixes: [(prefix: String, quota: Quota)] = []

    var isEmpty: Bool {
        global == nil && mounts.isEmpty && paths.isEmpty && prefixes.isEmpty
    }

    init(_ quotas: [(scope: QuotaScope, quota: Quota)]) {
        for (scope, quota) in quotas {
            switch scope {
            case .global: global = quota
            case .mount(let route): mounts[route] = quota
            case .path(let path): paths[path] = quota
            case .prefix(let prefix): prefixes.append((prefix, quota))
            }
        }
        prefixes.sort { $0.prefix.utf8.count > $1.prefix.utf8.count }
    }

    subscript(path: String) -> Quota? {
        if !paths.isEmpty, let quota = paths[QuotaScope.trimmed(path)] { return quota }
        for (prefix, quota) in prefixes where path.utf8.starts(with: prefix.utf8) { return quota }
        if !mounts.isEmpty, let quota = ofMount(path) { return quota }
        return global
    }

    /// No mount lies inside another, so the first hit is the one.
    private func ofMount(_ path: String) -> Quota? {
        let utf8 = path.utf8
        var index = utf8.startIndex
        while let slash = utf8[index...].firstIndex(of: UInt8(ascii: "/")) {
            let next = utf8.index(after: slash)
            if let quota = mounts[String(path[..<next])] { return quota }
            index = next
        }
        return mounts[path + "/"]
    }
}
