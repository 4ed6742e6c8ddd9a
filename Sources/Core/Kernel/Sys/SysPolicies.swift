// `sys/policies/acl` and its older form `sys/policy`.

internal import Cryptography
internal import JSON
internal import Paths

enum SysPolicies {
    private static let fields: [Field] = [
        .string("policy", "Text of the policy, in HCL or JSON, plain or base64."),
        .string("rules", "Old name of policy."),
    ]

    static let paths = [
        CorePath(
            "policy", [.read: .immediate(listOld), .list: .immediate(listOld)],
            help: "List the policies."),
        CorePath("policy/", [.list: .immediate(listOld)], help: "List the policies."),
        CorePath(
            "policy/:name*",
            [
                .read: .immediate(readOld), .update: .suspending(write),
                .create: .suspending(write), .delete: .suspending(delete),
            ],
            fields: fields, help: "Read, write or delete a policy."),
        CorePath("policies/acl/", [.list: .immediate(list)], help: "List the policies."),
        CorePath("policies/acl", [.list: .immediate(list)], help: "List the policies."),
        CorePath(
            "policies/acl/:name*",
            [
                .read: .immediate(read), .update: .suspending(write), .create: .suspending(write),
                .delete: .suspending(delete),
            ],
            fields: fields, help: "Read, write or delete a policy."),
    ]

    private static func name(_ call: CoreCall) throws(BackendFailure) -> PolicyName {
        do { return try PolicyName(call.name("name")) } catch {
            throw BackendFailure(.invalidRequest, error.message)
        }
    }

    // MARK: Reading

    private static func names(_ call: CoreCall) -> JSONValue {
        .array(call.state.policies.names.map { .string($0) })
    }

    private static func list(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        BackendAnswer(data: JSONValue.object(["keys": names(call)]).encoded())
    }

    private static func listOld(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        let names = names(call)
        return BackendAnswer(data: JSONValue.object(["keys": names, "policies": names]).encoded())
    }

    private static func read(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        try read(call, textMember: "policy")
    }

    private static func readOld(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        try read(call, textMember: "rules")
    }

    private static func read(
        _ call: CoreCall, textMember: String
    ) throws(BackendFailure) -> BackendAnswer {
        let name = try name(call)
        guard let text = call.state.policies.text(name) else { return BackendAnswer() }
        let data = JSONObject([("name", .string(name.text)), (textMember, .string(text))])
        return BackendAnswer(data: JSONValue.object(data).encoded())
    }

    // MARK: Writing

    private static func write(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        var text = call.fields.string("policy") ?? ""
        if text.isEmpty { text = call.fields.string("rules") ?? "" }
        guard !text.isEmpty else {
            throw BackendFailure(
                .invalidRequest, "'policy' parameter not supplied or empty")
        }
        // Vault takes base64 too. No policy's own text is base64: that has no space, brace or
        // quote.
        if let decoded = Base64.decode(text),
            let plain = String(validating: decoded, as: UTF8.self)
        {
            text = plain
        }
        try await call.state.policies.put(name(call), text: text)
        return BackendAnswer()
    }

    private static func delete(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        try await call.state.policies.delete(name(call))
        return BackendAnswer()
    }
}
