// `identity/oidc/config`: who the issuer of identity tokens is.

internal import JSON
internal import Paths

enum IdentityOIDCConfig {
    static let paths = [
        CorePath(
            "oidc/config", [.read: .immediate(read), .update: .suspending(write)],
            fields: [
                .string(
                    "issuer",
                    "Scheme, host and optional port; the server's own address if empty."
                )
            ],
            help: "Read or set the issuer of identity tokens.")
    ]

    private static func read(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        let issuer = call.state.oidc.table.issuer.base
        return BackendAnswer(data: JSONValue.object(["issuer": .string(issuer)]).encoded())
    }

    private static func write(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        let issuer = try OIDCIssuer(call.fields.string("issuer") ?? "")
        try await call.state.oidc.change { change throws(BackendFailure) in change.set(issuer) }
        guard issuer != .unset else { return BackendAnswer() }
        return BackendAnswer(warnings: [
            "If \"issuer\" is set explicitly, all tokens must be validated against that address, "
                + "including those issued by secondary clusters. Setting issuer to \"\" will "
                + "restore the default behavior of using the cluster's api_addr as the issuer."
        ])
    }
}
