// `auth/token/lookup`, `lookup-self`, `lookup-accessor` and the list of accessors.

internal import Clock
internal import Cryptography
internal import JSON
internal import Paths

enum TokenLookup {
    static let path = CorePath(
        "lookup", [.update: .immediate(lookup), .read: .immediate(lookupSelf)],
        fields: [.string("token", "Token to look up; the caller's own if left out.")],
        help: "Look up a token.")

    static let selfPath = CorePath(
        "lookup-self", [.read: .immediate(lookupSelf), .update: .immediate(lookupSelf)],
        help: "Look up the caller's own token.")

    static let accessorPath = CorePath(
        "lookup-accessor", [.update: .immediate(lookupAccessor)],
        fields: [.string("accessor", required: true, "Accessor of the token.")],
        help: "Look up a token by its accessor; the token itself is not shown.")

    static let accessorsPath = CorePath(
        "accessors/", [.list: .suspending(listAccessors)], help: "List the accessors of all tokens."
    )

    private static func lookupSelf(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        let caller = try call.requireCaller()
        return answer(caller.home, caller.token.entry, caller.secret)
    }

    private static func lookup(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        guard let text = call.fields.string("token"), !text.isEmpty else {
            return try lookupSelf(call)
        }
        let secret = SecretBytes(utf8: text)
        let token = try TokenTarget.find(call, secret)
        return answer(call.state, token.entry, secret)
    }

    private static func lookupAccessor(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        answer(call.state, try TokenTarget.find(call, accessorField: "accessor").entry, nil)
    }

    private static func answer(
        _ home: NamespaceState, _ entry: TokenEntry, _ secret: SecretBytes?
    ) -> BackendAnswer {
        BackendAnswer(
            data: TokenPresentation.lookup(
                entry, secret: secret, namespacePath: home.namespace.path,
                identityPolicies: home.identityPolicies(of: entry.entityID),
                now: Timestamp.now.seconds))
    }

    private static func listAccessors(
        _ call: CoreCall
    ) async throws(BackendFailure) -> BackendAnswer {
        let (now, page) = (Timestamp.now.seconds, KernelLimits.listPageEntries)
        let tokens = call.state.tokens
        var accessors: [String] = []
        var after = ""
        while accessors.count <= page {
            let names = try tokens.names("id/", after: after, limit: page)
            for name in names where accessors.count <= page {
                guard let key = TokenKey(text: name),
                    let token = try tokens.findLive(key, now: now)
                else { continue }
                accessors.append(token.entry.accessor)
            }
            guard names.count == page, let last = names.last else { break }
            after = last
        }
        return .list(accessors)
    }
}

/// Finds the token that a request is about, in Vault's words when there is none.
enum TokenTarget {
    static func find(
        _ call: CoreCall, _ secret: SecretBytes
    ) throws(BackendFailure) -> StoredToken {
        guard
            let token = try call.state.tokens.open(
                secret, lane: call.request.lane, now: Timestamp.now.seconds)
        else { throw BackendFailure(.permissionDenied, "bad token") }
        return token
    }

    static func find(
        _ call: CoreCall, accessorField field: String
    ) throws(BackendFailure) -> StoredToken {
        guard let accessor = call.fields.string(field), !accessor.isEmpty else {
            throw BackendFailure(.invalidRequest, "missing accessor")
        }
        guard accessor.utf8.count <= KernelLimits.clientTokenBytes,
            let key = try call.state.tokens.tokenKey(accessor: accessor),
            let token = try call.state.tokens.findLive(key, now: Timestamp.now.seconds)
        else { throw BackendFailure(.permissionDenied, "invalid accessor") }
        return token
    }
}
