// `auth/token/renew`, `renew-self` and `renew-accessor`.

internal import Clock
internal import Cryptography
internal import Paths

enum TokenRenew {
    private static let increment = Field.duration(
        "increment", "Lifetime from now on; the token's own if left out.")

    static let path = CorePath(
        "renew", [.update: .suspending(renew)],
        fields: [.string("token", "Token to renew; the caller's own if left out."), increment],
        help: "Renew a token.")

    static let selfPath = CorePath(
        "renew-self", [.update: .suspending(renewSelf)], fields: [increment],
        help: "Renew the caller's own token.")

    static let accessorPath = CorePath(
        "renew-accessor", [.update: .suspending(renewAccessor)],
        fields: [.string("accessor", required: true, "Accessor of the token."), increment],
        help: "Renew a token by its accessor.")

    private static func renew(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        guard let text = call.fields.string("token"), !text.isEmpty else {
            return try await renewSelf(call)
        }
        let secret = SecretBytes(utf8: text)
        guard let token = try call.state.tokens.open(secret, now: Timestamp.now.seconds) else {
            throw BackendFailure(.invalidRequest, "token not found")
        }
        return try await renew(call, token, of: call.state, secret)
    }

    private static func renewSelf(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        let caller = try call.requireCaller()
        return try await renew(call, caller.token, of: caller.home, caller.secret)
    }

    private static func renewAccessor(
        _ call: CoreCall
    ) async throws(BackendFailure) -> BackendAnswer {
        try await renew(
            call, TokenTarget.find(call, accessorField: "accessor"), of: call.state, nil)
    }

    private static func renew(
        _ call: CoreCall, _ token: StoredToken, of state: NamespaceState, _ secret: SecretBytes?
    ) async throws(BackendFailure) -> BackendAnswer {
        let now = Timestamp.now.seconds
        let increment = Int64(call.fields.duration("increment") ?? 0)
        let core = call.core
        let (entry, warnings) = try await state.tokens.renew(token.key, now: now) {
            entry async throws(BackendFailure) in
            try await core.renewalTerms(entry, increment: increment, state)
        }
        var answer = BackendAnswer(warnings: warnings)
        answer.login = TokenPresentation.auth(
            entry, secret: secret, identityPolicies: state.identityPolicies(of: entry.entityID),
            now: now)
        return answer
    }
}
