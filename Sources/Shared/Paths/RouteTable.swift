// The routes of a mount, ready to be searched: the first whose pattern matches decides.

public struct RouteTable<Handler: Sendable>: Sendable {
    public let routes: [Route<Handler>]
    @usableFromInline let index: PathIndex

    public init(_ routes: [Route<Handler>]) {
        self.routes = routes
        index = PathIndex(routes.map(\.pattern))
    }

    @inlinable
    public func find(path: String, operation: Operation) -> RouteMatch<Handler> {
        guard let found = index.find(path) else { return .unsupportedPath }
        let route = routes[found.place]
        guard let handler = route.handler(for: operation) else {
            return .unsupportedOperation(allowed: route.allowedOperations)
        }
        return .found(route, handler, found.captures)
    }

    /// The route of a path, whatever is to be done with it.
    @inlinable
    public func route(for path: String) -> (route: Route<Handler>, captures: Captures)? {
        index.find(path).map { (routes[$0.place], $0.captures) }
    }
}

public enum RouteMatch<Handler: Sendable>: Sendable {
    case found(Route<Handler>, Handler, Captures)
    case unsupportedOperation(allowed: [Operation])
    case unsupportedPath
}
