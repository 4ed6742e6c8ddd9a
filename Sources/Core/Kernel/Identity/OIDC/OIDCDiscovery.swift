// What verifiers read without a token: the description of the issuer and its public keys.

internal import Cryptography
internal import JSON

extension OIDCStore {
    /// OpenID Connect's provider configuration; the endpoints of its login flows do not exist here.
    func discovery(serverAddress: String) -> JSONValue {
        let issuer = table.issuer.url(serverAddress: serverAddress)
        return [
            "issuer": .string(issuer), "jwks_uri": .string(issuer + "/.well-known/keys"),
            "response_types_supported": ["id_token"], "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported":
                .strings(JWSAlgorithm.allCases.map(\.rawValue)),
        ]
    }

    /// The JSON Web Key Set, and for how many seconds it may be kept: until it changes next.
    func keySet(now: Int64) -> (keys: JSONValue, maxAgeSeconds: Int64?) {
        let keys = table.keys.values.sorted { $0.name.text < $1.name.text }
        let published = keys.flatMap { $0.publicKeys(now: now) }.map(\.jwk)
        let changes =
            keys.filter { $0.pairs != nil }.map(\.nextRotationAt)
            + keys.flatMap(\.retired).map(\.expiresAt)
        let age = changes.filter { $0 > now }.min().map { $0.subtractingReportingOverflow(now) }
        return (
            ["keys": .array(published)], age.flatMap { $0.overflow ? nil : $0.partialValue }
        )
    }
}
