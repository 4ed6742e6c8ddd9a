// A plugin's declarations for a mount become the kernel's manifest after they were looked at.

internal import Kernel
internal import Paths
internal import Wire

struct ManifestCheck {
    var identity: PluginIdentity
    /// The name in the catalog; what the plugin calls itself is shown in logs only.
    var type: String

    func manifest(_ reply: MountReply) throws(BackendFailure) -> BackendManifest {
        guard reply.routes.count <= PluginHostLimits.routesPerMount,
            reply.unauthenticatedPaths.count <= PluginHostLimits.routesPerMount,
            reply.sudoPaths.count <= PluginHostLimits.routesPerMount
        else { throw refusal("more paths than a mount may have") }
        var routes: [Route<DeclaredRoute>] = []
        for declaration in reply.routes { routes.append(try route(declaration)) }
        for path in reply.unauthenticatedPaths + reply.sudoPaths { try check(path) }
        return BackendManifest(
            pluginName: type, pluginVersion: identity.version, kind: identity.kind,
            routes: RouteTable(routes),
            unauthenticatedPaths: PathSet(reply.unauthenticatedPaths),
            sudoPaths: PathSet(reply.sudoPaths))
    }

    private func route(_ declaration: RouteDeclaration) throws(BackendFailure)
        -> Route<DeclaredRoute>
    {
        try check(declaration.pattern)
        guard declaration.fields.count <= PluginHostLimits.fieldsPerRoute else {
            throw refusal("a path with too many fields")
        }
        let reads = try reads(declaration.reads)
        let loginName = try loginName(declaration)
        var operations: [Operation: DeclaredRoute] = [:]
        for operation in Operation.allCases
        where declaration.operations.contains(OperationBits(operation: operation.rawValue)) {
            operations[operation] = DeclaredRoute(loginName: loginName)
        }
        do throws(PathPatternError) {
            let existence = declaration.existence
            return Route(
                try PathPattern(parsing: declaration.pattern), operations: operations,
                fields: declaration.fields.map(Self.field), summary: declaration.summary,
                description: declaration.description, reads: reads,
                existence: existence.isEmpty ? nil : try KeyTemplate(parsing: existence))
        } catch {
            throw refusal("a path or key that is wrong (\(error))")
        }
    }

    /// Failed logins are counted by what the request says there, so there must be such a place.
    private func loginName(_ declaration: RouteDeclaration) throws(BackendFailure) -> String? {
        let name = declaration.loginName
        if name.isEmpty { return nil }
        guard identity.kind == .auth else {
            throw refusal("a path to log in at, and is no auth method")
        }
        let captures = (try? PathPattern(parsing: declaration.pattern))?.captureNames ?? []
        let places = captures + declaration.fields.map(\.name)
        guard places.contains(where: { $0.utf8.elementsEqual(name.utf8) }) else {
            throw refusal("a login name that is neither in the path nor a field of it")
        }
        return name
    }

    /// Bits that are no operation here are those of a newer protocol.
    private func reads(
        _ declarations: [ReadDeclaration]
    ) throws(BackendFailure) -> [Operation: [KeyTemplate]] {
        var reads: [Operation: [KeyTemplate]] = [:]
        for declaration in declarations {
            guard declaration.keys.count <= PluginHostLimits.prefetchedEntries else {
                throw refusal("a path with too many reads")
            }
            var templates: [KeyTemplate] = []
            do throws(PathPatternError) {
                for key in declaration.keys { templates.append(try KeyTemplate(parsing: key)) }
            } catch {
                throw refusal("a path or key that is wrong (\(error))")
            }
            for operation in OperationSet(rawValue: declaration.operations.rawValue).operations {
                reads[operation, default: []] += templates
            }
        }
        guard reads.values.allSatisfy({ $0.count <= PluginHostLimits.prefetchedEntries }) else {
            throw refusal("a path with too many reads")
        }
        return reads
    }

    private static func field(_ declaration: FieldDeclaration) -> Field {
        // A kind of a newer protocol is shown as any; the plugin validates by its own definition.
        return Field(
            name: declaration.name, kind: FieldKind(rawValue: declaration.kind) ?? .any,
            required: declaration.required,
            help: declaration.help)
    }

    private func check(_ path: String) throws(BackendFailure) {
        guard path.utf8.count <= PluginHostLimits.declaredPathBytes,
            path.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
        else { throw refusal("a path that cannot be one") }
    }

    private func refusal(_ problem: String) -> BackendFailure {
        BackendFailure(.internalError, "plugin \"\(type)\" declares \(problem)")
    }
}
