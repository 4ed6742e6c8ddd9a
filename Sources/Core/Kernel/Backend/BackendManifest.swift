// What an engine declares for a mount. The core acts on declarations; it knows no engine by name.

public import Paths

/// An engine's declarations for one mount. A class, since every request looks into them, on all
/// event loops.
public final class BackendManifest: Sendable {
    public let pluginName: String
    public let pluginVersion: String
    public let kind: BackendKind
    public let routes: RouteTable<DeclaredRoute>
    /// Paths that need no token.
    public let unauthenticatedPaths: PathSet
    /// Paths that need the `sudo` capability.
    public let sudoPaths: PathSet
    /// Paths of the core's own that need no token where a listener permits it.
    let opened: [(permission: ListenerPermissions, paths: PathSet)]

    public convenience init(
        pluginName: String, pluginVersion: String, kind: BackendKind,
        routes: RouteTable<DeclaredRoute>, unauthenticatedPaths: PathSet, sudoPaths: PathSet
    ) {
        self.init(
            pluginName: pluginName, pluginVersion: pluginVersion, kind: kind, routes: routes,
            unauthenticatedPaths: unauthenticatedPaths, sudoPaths: sudoPaths, opened: [])
    }

    init(
        pluginName: String, pluginVersion: String, kind: BackendKind,
        routes: RouteTable<DeclaredRoute>, unauthenticatedPaths: PathSet, sudoPaths: PathSet,
        opened: [(permission: ListenerPermissions, paths: PathSet)]
    ) {
        self.pluginName = pluginName
        self.pluginVersion = pluginVersion
        self.kind = kind
        self.routes = routes
        self.unauthenticatedPaths = unauthenticatedPaths
        self.sudoPaths = sudoPaths
        self.opened = opened
    }

    func isOpened(_ path: String, by permissions: ListenerPermissions) -> Bool {
        opened.contains { permissions.contains($0.permission) && $0.paths.contains(path) }
    }

    /// The storage key whose presence tells an update from a creation, where the engine declares
    /// one.
    public func existenceKey(for path: String) -> String? {
        guard case .found(let route, _, let captures) = routes.find(path: path, operation: .update)
        else { return nil }
        return route.existence?.expand(captures)
    }
}

/// A declared route has no handler in the core: the engine has it.
public struct DeclaredRoute: Sendable {
    /// On a login path: the capture or the field of the body that says who logs in. Failed logins
    /// are counted by it.
    public var loginName: String?

    public init(loginName: String? = nil) { self.loginName = loginName }
}
