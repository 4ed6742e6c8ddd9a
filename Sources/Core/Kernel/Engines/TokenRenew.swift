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
        guard secret.count <= KernelLimits.clientTokenBytes else {
            throw BackendFailure(.invalidRequest, "token not found")
        }
        return try await renew(call, call.state.tokens.key(of: secret), secret)
    }

    private static func renewSelf(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        let caller = try call.requireCaller()
        return try await renew(call, caller.token.key, caller.secret)
    }

    private static func renewAccessor(
        _ call: CoreCall
    ) async throws(BackendFailure) -> BackendAnswer {
        let token = try TokenTarget.find(call, accessorField: "accessor")
        return try await renew(call, token.key, nil)
    }

    private static func renew(
        _ call: CoreCall, _ key: TokenKey, _ secret: SecretBytes?
    ) async throws(BackendFailure) -> BackendAnswer {
        let now = Timestamp.now.seconds
        guard try call.state.tokens.findLive(key, now: now) != nil else {
            throw BackendFailure(.invalidRequest, "token not found")
        }
        let increment = Int64(call.fields.duration("increment") ?? 0)
        guard increment >= 0 else {
            throw BackendFailure(.invalidRequest, "increment must be positive")
        }
        let lifetimes = call.state.mounts.lifetimes(MountSettings())
        let (entry, warnings) = try await call.state.tokens.renew(
            key, increment: increment, mountDefaultTTL: lifetimes.defaultTTL,
            mountMaxTTL: lifetimes.maxTTL, now: now)
        var answer = BackendAnswer(warnings: warnings)
        answer.login = TokenPresentation.auth(entry, secret: secret, now: now)
        return answer
    }
}
