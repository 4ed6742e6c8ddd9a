// `identity/oidc/key`: the named keys that sign identity tokens.

internal import Clock
internal import Cryptography
internal import JSON
internal import Paths

enum IdentityOIDCKeys {
    static let paths =
        NamedThings(list: list, read: read, write: write, delete: delete).paths(
            "oidc/key",
            fields: [
                .duration(
                    "rotation_period", "How often the key pair is replaced; 24h if left out."),
                .duration(
                    "verification_ttl",
                    "How long a public key is published after its rotation; 24h if left out."),
                .stringList(
                    "allowed_client_ids", "Client ids of the roles that may sign; \"*\" is all."),
                .string("algorithm", "RS256, RS384, RS512, ES256, ES384, ES512 or EdDSA."),
            ],
            help: ("List the named keys.", "Read, write or delete a named key."))
        + [
            CorePath(
                "oidc/key/:name/rotate", [.update: .suspending(rotate)],
                fields: [
                    .duration(
                        "verification_ttl",
                        "How long the public key that is replaced now stays published; the key's "
                            + "own setting if left out.")
                ],
                help: "Replace the key pair of a named key.")
        ]

    private static func list(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        let names = call.state.oidc.table.keys.keys.map(\.text).sorted()
        return BackendAnswer(data: JSONValue.object(["keys": .strings(names)]).encoded())
    }

    private static func read(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        guard let key = call.state.oidc.table.keys[try OIDCName(call.name("name"))] else {
            return BackendAnswer()
        }
        let data: JSONValue = [
            "rotation_period": .int(key.rotationPeriodSeconds),
            "verification_ttl": .int(key.verificationTTLSeconds),
            "algorithm": .string(key.algorithm.rawValue),
            "allowed_client_ids": .strings(key.allowedClientIDs),
        ]
        return BackendAnswer(data: data.encoded())
    }

    private static func write(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        var settings = OIDCKeySettings()
        if let text = call.fields.string("algorithm") {
            guard let algorithm = JWSAlgorithm(rawValue: text) else {
                throw BackendFailure(
                    .invalidRequest,
                    "unknown signing algorithm \"\(VisibleText.escaping(text))\"")
            }
            settings.algorithm = algorithm
        }
        settings.rotationPeriodSeconds = call.fields.duration("rotation_period").map(Int64.init)
        settings.verificationTTLSeconds = call.fields.duration("verification_ttl").map(Int64.init)
        settings.allowedClientIDs = call.fields.stringList("allowed_client_ids")
        try await call.state.oidc.putKey(
            OIDCName(call.name("name")), settings, now: Timestamp.now.seconds)
        return BackendAnswer()
    }

    private static func delete(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        try await call.state.oidc.deleteKey(OIDCName(call.name("name")))
        return BackendAnswer()
    }

    private static func rotate(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        try await call.state.oidc.rotateKey(
            OIDCName(call.name("name")),
            lifetimeSeconds: call.fields.duration("verification_ttl").map(Int64.init),
            now: Timestamp.now.seconds)
        return BackendAnswer()
    }
}
