// An engine at its mount: the routes, and what is declared of them to the core.

import JSON
package import Paths
package import Wire

package final class MountedEngine: Sendable {
    package let engine: Engine
    private let routes: RouteTable<Served>

    /// A handler, and what the writes that it serves are held against.
    fileprivate struct Served: Sendable {
        let handler: Handler
        let declared: DeclaredNames?
    }

    package init(_ engine: Engine) {
        self.engine = engine
        routes = RouteTable(engine.paths.map(Route.init))
    }

    package var declaration: MountReply {
        MountReply(
            routes: engine.paths.map(RouteDeclaration.init),
            unauthenticatedPaths: engine.unauthenticated, sudoPaths: engine.sudo,
            initialises: engine.initialize != nil, wantsInvalidations: engine.invalidate != nil)
    }

    /// Finds the handler, or throws what the client is told. The client's data are not looked at.
    func prepare(
        _ request: consuming EngineRequest, now: Timestamp
    ) throws -> (Handler, Request) {
        guard let path = request.path.withUnsafeBufferPointer(validText) else {
            throw PluginError(.invalidRequest, "the path is not UTF-8")
        }
        guard let operation = Operation(rawValue: request.operation) else {
            throw PluginError(.unsupportedOperation, "unsupported operation")
        }
        if operation == .initialize {
            let initialize = engine.initialize ?? { _ in .answer(.none) }
            return plain(initialize, operation, request, path, now)
        }
        if operation == .wake {
            guard let wake = engine.wake else {
                throw PluginError(.unsupportedOperation, "the engine does nothing by itself")
            }
            return plain(wake, operation, request, path, now)
        }
        if operation == .renew, let renewLogin = engine.renewLogin {
            return plain(renewLogin, operation, request, path, now)
        }
        if operation == .renew || operation == .revoke || operation == .rollback {
            return try leased(operation, request, path, now)
        }
        switch find(path, operation) {
        case .found(let route, let served, let captures):
            let prepared = Request(
                request, operation: operation, path: path, captures: captures,
                fields: route.fields, now: now, declared: served.declared)
            return (served.handler, prepared)
        case .unsupportedOperation(_) where operation == .help:
            return plain(help(path), operation, request, path, now)
        case .unsupportedPath where operation == .help && path.isEmpty:
            return plain(help(path), operation, request, path, now)
        case .unsupportedOperation(_):
            throw PluginError(.unsupportedOperation, "unsupported operation")
        case .unsupportedPath:
            throw PluginError(.unsupportedPath, "unsupported path")
        }
    }

    /// A path that makes no difference between them has one handler for both.
    private func find(_ path: String, _ operation: Operation) -> RouteMatch<Served> {
        let match = routes.find(path: path, operation: operation)
        if case .unsupportedOperation(let allowed) = match, operation == .create,
            allowed.contains(.update)
        {
            return routes.find(path: path, operation: .update)
        }
        return match
    }

    /// What the core asks about a secret that was given out, or was about to be.
    private func leased(
        _ operation: Operation, _ request: consuming EngineRequest, _ path: String,
        _ now: Timestamp
    ) throws -> (Handler, Request) {
        let kept = try? JSONValue(parsing: request.internalData)
        guard let name = kept?["secret"]?.stringValue,
            let secret = engine.leases.first(where: { $0.name.utf8.elementsEqual(name.utf8) })
        else { throw PluginError(.unsupportedOperation, "no such secret is given out here") }
        guard let handler = secret.handler(for: operation) else {
            throw PluginError(.unsupportedOperation, "lease is not renewable")
        }
        request.internalData = kept?["data"]?.encoded() ?? []
        return plain(handler, operation, request, path, now)
    }

    /// A request to no path.
    private func plain(
        _ handler: @escaping Handler, _ operation: Operation, _ request: consuming EngineRequest,
        _ path: String, _ now: Timestamp
    ) -> (Handler, Request) {
        let prepared = Request(
            request, operation: operation, path: path, captures: .none, fields: [], now: now)
        return (handler, prepared)
    }
}

extension Route where Handler == MountedEngine.Served {
    fileprivate init(_ path: Path) {
        let names = DeclaredNames(path)
        var operations: [Operation: Handler] = [:]
        for (operation, handler) in path.handlers {
            let isWrite = operation == .create || operation == .update || operation == .patch
            operations[operation] = Handler(handler: handler, declared: isWrite ? names : nil)
        }
        self.init(
            PathPattern(path.pattern), operations: operations, fields: path.fields,
            summary: path.help, description: path.description,
            reads: path.reads.mapValues { keys in keys.map { KeyTemplate($0) } },
            existence: path.existence.map { KeyTemplate($0) })
    }
}

extension MountedEngine {
    /// What the core may send along: the keys that the route's templates name for the operation.
    package func prefetchKeys(path: String, operation: Operation) -> [String] {
        guard case .found(let route, _, let captures) = find(path, operation) else { return [] }
        return route.reads(for: operation).compactMap { $0.expand(captures) }
    }
}
