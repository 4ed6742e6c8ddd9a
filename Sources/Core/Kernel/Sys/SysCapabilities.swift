// `sys/capabilities`, `capabilities-self` and `capabilities-accessor`.

internal import Cryptography
internal import JSON
internal import Paths

enum SysCapabilities {
    private static let pathFields: [Field] = [
        .stringList("paths", "Paths to look at."), .stringList("path", "Old name of paths."),
    ]

    static let paths = [
        CorePath(
            "capabilities-self", [.update: .immediate(ofCaller)], fields: pathFields,
            help: "What the caller's token may do on paths."),
        CorePath(
            "capabilities", [.update: .immediate(ofToken)],
            fields: pathFields + [.string("token", required: true, "Token to look at.")],
            help: "What a token may do on paths."),
        CorePath(
            "capabilities-accessor", [.update: .immediate(ofAccessor)],
            fields: pathFields + [.string("accessor", required: true, "Accessor of the token.")],
            help: "What the token with an accessor may do on paths."),
    ]

    private static func ofCaller(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        let caller = try call.requireCaller()
        return try answer(call, caller.acl, prefix: caller.pathPrefix)
    }

    private static func ofToken(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        guard let text = call.fields.string("token"), !text.isEmpty else {
            throw BackendFailure(.invalidRequest, "no token in request")
        }
        guard let token = try? TokenTarget.find(call, SecretBytes(utf8: text)) else {
            throw BackendFailure(.invalidRequest, "invalid token")
        }
        return try answer(call, call.state.grant(of: token.entry).acl)
    }

    private static func ofAccessor(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        let token = try TokenTarget.find(call, accessorField: "accessor")
        return try answer(call, call.state.grant(of: token.entry).acl)
    }

    private static func answer(
        _ call: CoreCall, _ acl: ACL, prefix: String = ""
    ) throws(BackendFailure) -> BackendAnswer {
        var paths = call.fields.stringList("paths") ?? []
        if paths.isEmpty { paths = call.fields.stringList("path") ?? [] }
        guard !paths.isEmpty else {
            throw BackendFailure(.invalidRequest, "paths must be supplied")
        }
        guard paths.count <= KernelLimits.listPageEntries else {
            throw BackendFailure(
                .invalidRequest,
                "too many paths: at most \(KernelLimits.listPageEntries) are answered at once")
        }
        var data = JSONObject()
        for path in paths {
            data[path] = .array(acl.capabilities(path: prefix + path).map { .string($0) })
        }
        // One path's capabilities also stand under the old name.
        if paths.count == 1, let only = paths.first { data["capabilities"] = data[only] }
        return BackendAnswer(data: JSONValue.object(data).encoded())
    }
}
