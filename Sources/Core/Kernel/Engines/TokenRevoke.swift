// `auth/token/revoke`, `revoke-self`, `revoke-accessor` and `revoke-orphan`.

internal import Clock
internal import Cryptography
internal import Paths

enum TokenRevoke {
    static let path = CorePath(
        "revoke", [.update: .suspending(revoke)],
        fields: [.string("token", required: true, "Token to revoke.")],
        help: "Revoke a token and all its children.")

    static let selfPath = CorePath(
        "revoke-self", [.update: .suspending(revokeSelf)],
        help: "Revoke the caller's own token and all its children.")

    static let accessorPath = CorePath(
        "revoke-accessor", [.update: .suspending(revokeAccessor)],
        fields: [.string("accessor", required: true, "Accessor of the token.")],
        help: "Revoke a token and all its children, by its accessor.")

    static let orphanPath = CorePath(
        "revoke-orphan", [.update: .suspending(revokeOrphan)],
        fields: [.string("token", required: true, "Token to revoke.")],
        help: "Revoke a token; its children become orphans.")

    private static func secret(_ call: CoreCall) throws(BackendFailure) -> SecretBytes {
        guard let text = call.fields.string("token"), !text.isEmpty else {
            throw BackendFailure(.invalidRequest, "missing token ID")
        }
        let secret = SecretBytes(utf8: text)
        if BatchTokens.isBatch(secret) { throw irrevocable }
        return secret
    }

    /// It is nowhere to be removed from; it ends by its time or with its parent.
    private static var irrevocable: BackendFailure {
        BackendFailure(.invalidRequest, "batch tokens cannot be revoked")
    }

    /// Revoking what is not there is done already.
    private static func revoke(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        let key = call.state.tokens.key(of: try secret(call))
        try await call.state.tokens.revoke(key)
        return BackendAnswer()
    }

    private static func revokeSelf(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        let caller = try call.requireCaller()
        if caller.token.entry.isBatch { throw irrevocable }
        try await caller.home.tokens.revoke(caller.token.key)
        return BackendAnswer()
    }

    private static func revokeAccessor(
        _ call: CoreCall
    ) async throws(BackendFailure) -> BackendAnswer {
        let token = try TokenTarget.find(call, accessorField: "accessor")
        try await call.state.tokens.revoke(token.key)
        return BackendAnswer()
    }

    private static func revokeOrphan(
        _ call: CoreCall
    ) async throws(BackendFailure) -> BackendAnswer {
        let key = call.state.tokens.key(of: try secret(call))
        guard try call.state.tokens.find(key) != nil else {
            throw BackendFailure(.invalidRequest, "token to revoke not found")
        }
        try await call.state.tokens.revokeOrphaning(key)
        return BackendAnswer()
    }
}
