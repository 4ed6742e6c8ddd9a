// `sys/internal/ui/mounts`: what the command line and user interfaces ask before they know a
// mount's kind.

internal import JSON
internal import Paths

enum SysInternalUI {
    static let paths = [
        CorePath(
            "internal/ui/mounts", [.read: .immediate(list)],
            help: "The mounts that the caller has access to."),
        CorePath(
            "internal/ui/mounts/:path*", [.read: .immediate(read)],
            help: "The mount that a path belongs to."),
        CorePath(
            "internal/ui/namespaces", [.read: .immediate(namespaces)],
            help: "The namespaces below the caller's that the caller has access to."),
        CorePath(
            "internal/ui/resultant-acl", [.read: .immediate(resultantACL)],
            help: "The caller's rights, for user interfaces."),
    ]

    /// Without a token, only mounts that are tuned to be seen by everybody.
    private static func list(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        func group(_ kind: BackendKind) -> JSONValue {
            var object = JSONObject()
            for mount in call.state.mounts.mounts(kind) {
                let isPublic = mount.entry.settings.listingVisibility == "unauth"
                guard isPublic || call.caller?.hasAccess(below: mount.entry.route) ?? false
                else { continue }
                object[mount.entry.path] =
                    call.caller == nil ? brief(mount) : MountPresentation.object(mount)
            }
            return .object(object)
        }
        let data: JSONValue = ["secret": group(.secret), "auth": group(.auth)]
        return BackendAnswer(data: data.encoded())
    }

    private static func brief(_ mount: Mount) -> JSONValue {
        [
            "type": .string(mount.entry.type), "description": .string(mount.entry.description),
            "options": mount.entry.options.isEmpty
                ? .null : MountPresentation.map(mount.entry.options),
        ]
    }

    /// A path that is not mounted and one that the caller has no rights below answer the same.
    private static func read(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        let path = call.name("path")
        let denied = BackendFailure(
            .permissionDenied,
            "preflight capability check returned 403, please ensure client's policies grant access "
                + "to path \"\(path)\"")
        let folder = path.utf8.last == UInt8(ascii: "/") ? path : path + "/"
        guard let caller = call.caller,
            let mount = call.state.mounts.route(folder)?.mount,
            caller.hasAccess(below: mount.entry.route)
        else { throw denied }
        guard case .object(var data) = MountPresentation.object(mount) else { throw denied }
        data["path"] = .string(mount.entry.route)
        return BackendAnswer(data: JSONValue.object(data).encoded())
    }

    /// Paths below the request's namespace, at any depth.
    private static func namespaces(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        let caller = try call.requireCaller()
        let own = call.state.namespace
        let paths = call.server.namespaces.tree.value.descendants(of: own)
            .filter { $0.condition == .active }.map(own.relativePath(of:))
            .filter { caller.hasAccess(below: $0) }
        return BackendAnswer(data: JSONValue.object(["keys": .strings(paths)]).encoded())
    }

    private static func resultantACL(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        let acl = try call.requireCaller().acl
        func group(_ rules: [MergedRule]) -> JSONValue {
            var object = JSONObject()
            for rule in rules {
                object[rule.path] = [
                    "capabilities": .array(rule.capabilities.names.map { .string($0) })
                ]
            }
            return .object(object)
        }
        let data: JSONValue = [
            "root": .bool(acl.isRoot), "exact_paths": group(acl.exactRules),
            "glob_paths": group(acl.globRules),
        ]
        return BackendAnswer(data: data.encoded())
    }
}
