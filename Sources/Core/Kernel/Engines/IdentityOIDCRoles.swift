// `identity/oidc/role`: what identity tokens say and who signs them.

internal import Clock
internal import JSON
internal import Paths

enum IdentityOIDCRoles {
    static let paths = NamedThings(list: list, read: read, write: write, delete: delete).paths(
        "oidc/role",
        fields: [
            .string("key", "Named key that signs the tokens."),
            .string(
                "template", "Further claims: a JSON object with parameters, or its base64."),
            .duration("ttl", "Lifetime of the tokens; 24h if left out."),
            .string("client_id", "Audience of the tokens; chosen by the server if left out."),
        ],
        help: ("List the roles.", "Read, write or delete a role."))

    private static func list(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        let names = call.state.oidc.table.roles.keys.map(\.text).sorted()
        guard !names.isEmpty else { return BackendAnswer() }
        return BackendAnswer(data: JSONValue.object(["keys": .strings(names)]).encoded())
    }

    private static func read(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        guard let role = call.state.oidc.table.roles[try OIDCName(call.name("name"))] else {
            return BackendAnswer()
        }
        let data: JSONValue = [
            "client_id": .string(role.clientID), "key": .string(role.keyName.text),
            "template": .string(role.template.text), "ttl": .int(role.ttlSeconds),
        ]
        return BackendAnswer(data: data.encoded())
    }

    private static func write(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        var settings = OIDCRoleSettings()
        if let key = call.fields.string("key") { settings.keyName = try OIDCName(key) }
        if let template = call.fields.string("template") {
            settings.template = try OIDCTemplateCompiler.compile(template)
        }
        settings.ttlSeconds = call.fields.duration("ttl").map(Int64.init)
        settings.clientID = call.fields.string("client_id")
        try await call.state.oidc.putRole(
            OIDCName(call.name("name")), settings, now: Timestamp.now.seconds)
        return BackendAnswer()
    }

    private static func delete(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        try await call.state.oidc.deleteRole(OIDCName(call.name("name")))
        return BackendAnswer()
    }
}
