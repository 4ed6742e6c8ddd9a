// `identity/oidc/token` and `introspect`: identity tokens made for whoever asks, and looked into.

internal import Clock
internal import JSON
internal import Paths

enum IdentityOIDCTokens {
    static let paths = [
        CorePath(
            "oidc/token/:name", [.read: .suspending(issue)],
            help: "A signed token that says who the caller is."),
        CorePath(
            "oidc/introspect", [.update: .suspending(introspect)],
            fields: [
                .string("token", required: true, "Signed identity token."),
                .string("client_id", "Audience that the token has to be for."),
            ],
            help: "Whether an identity token is genuine, still good, and its entity active."),
    ]

    private static func issue(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        let name = try OIDCName(call.name("name"))
        let entityID = try call.requireCaller().entityID
        guard !entityID.isEmpty, let subject = OIDCSubject(entityID, call.state.identity) else {
            throw BackendFailure(
                .invalidRequest, "no entity associated with the request's token")
        }
        let token = try await call.state.oidc.issue(
            name, subject, serverAddress: call.core.apiAddress,
            namespace: call.state.namespace.shownID,
            now: Timestamp.now)
        let data: JSONValue = [
            "client_id": .string(token.clientID), "token": .string(token.text),
            "ttl": .int(token.ttlSeconds),
        ]
        return BackendAnswer(data: data.encoded())
    }

    private static func introspect(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        let clientID = call.fields.string("client_id") ?? ""
        var answer: JSONValue = ["active": true]
        do throws(InactiveIdentityToken) {
            let token = try call.state.oidc.verify(
                call.fields.string("token") ?? "", clientID: clientID.isEmpty ? nil : clientID,
                serverAddress: call.core.apiAddress, now: Timestamp.now.seconds)
            try checkEntity(token.entityID, call.state.identity)
        } catch {
            answer = ["active": false, "error": .string(error.reason)]
        }
        return BackendAnswer(raw: RawBody(contentType: "application/json", bytes: answer.encoded()))
    }

    /// What a verifier cannot know from the token alone.
    private static func checkEntity(
        _ id: String, _ identity: IdentityStore
    ) throws(InactiveIdentityToken) {
        guard let entity = identity.entity(id) else {
            throw InactiveIdentityToken("entity was not found")
        }
        if entity.isDisabled { throw InactiveIdentityToken("entity is disabled") }
    }
}
