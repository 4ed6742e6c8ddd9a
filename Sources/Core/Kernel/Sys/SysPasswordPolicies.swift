// `sys/policies/password`: how engines make passwords.

internal import Cryptography
internal import JSON
internal import Paths

enum SysPasswordPolicies {
    private static let name = Field.string("name", "Name of the password policy.")

    static let paths =
        NamedThings(list: list, read: read, write: write, delete: delete).paths(
            "policies/password",
            fields: [
                name,
                .string("policy", "Text of the policy, in HCL or JSON, plain or base64."),
            ],
            help: ("List the password policies.", "Read, write or delete a password policy."))
        + [
            CorePath(
                "policies/password/:name/generate", [.read: .suspending(generate)], fields: [name],
                help: "Generate a password from a password policy.")
        ]

    private static func list(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        let names = try call.state.passwordPolicies.names()
        if names.isEmpty { return BackendAnswer() }
        return BackendAnswer(data: JSONValue.object(["keys": .strings(names)]).encoded())
    }

    private static func read(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        guard let text = try call.state.passwordPolicies.text(call.name("name")) else {
            return BackendAnswer()
        }
        return BackendAnswer(data: JSONValue.object(["policy": .string(text)]).encoded())
    }

    private static func write(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        let text = call.fields.string("policy") ?? ""
        guard !text.isEmpty else { throw BackendFailure(.invalidRequest, "missing policy") }
        try await call.state.passwordPolicies.put(
            call.name("name"), text: PolicyText.plain(text))
        return BackendAnswer()
    }

    private static func delete(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        try await call.state.passwordPolicies.delete(call.name("name"))
        return BackendAnswer()
    }

    /// Not on the event loop: a strict policy costs many candidates.
    private static func generate(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        guard let password = try call.state.passwordPolicies.generate(call.name("name")) else {
            throw BackendFailure(.notFound, "policy does not exist")
        }
        return BackendAnswer(data: JSONValue.object(["password": .string(password)]).encoded())
    }
}

/// Policies of both kinds may be sent in base64, which spares the sender escaping them.
enum PolicyText {
    /// No policy's own text is base64: that has no space, brace or quote.
    static func plain(_ text: String) -> String {
        guard let decoded = Base64.decode(text),
            let plain = String(validating: decoded, as: UTF8.self)
        else { return text }
        return plain
    }
}
