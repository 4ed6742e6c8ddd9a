// `identity/oidc/.well-known/`: what verifiers read, without a token.

internal import Clock
internal import JSON
internal import Paths

enum IdentityOIDCDiscovery {
    static let paths = [
        CorePath(
            "oidc/.well-known/openid-configuration", [.read: .immediate(configuration)],
            help: "The issuer of identity tokens, by the rules of OpenID Connect discovery."),
        CorePath(
            "oidc/.well-known/keys", [.read: .immediate(keys)],
            help: "The public keys that verify identity tokens, as a JSON Web Key Set."),
    ]

    static let unauthenticatedPaths = [
        "oidc/.well-known/openid-configuration", "oidc/.well-known/keys",
    ]

    private static let configurationSeconds: Int64 = 3600

    private static func configuration(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        document(
            call.state.oidc.discovery(serverAddress: call.core.apiAddress),
            maxAgeSeconds: configurationSeconds)
    }

    private static func keys(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        let set = call.state.oidc.keySet(now: Timestamp.now.seconds)
        return document(set.keys, maxAgeSeconds: set.maxAgeSeconds)
    }

    /// Plain JSON; what may not be kept is left to the listener's own `Cache-Control`.
    private static func document(_ json: JSONValue, maxAgeSeconds: Int64?) -> BackendAnswer {
        BackendAnswer(
            raw: RawBody(contentType: "application/json", bytes: json.encoded()),
            headers: maxAgeSeconds.map { [("Cache-Control", "max-age=\($0)")] } ?? [])
    }
}
