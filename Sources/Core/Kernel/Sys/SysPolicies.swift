// `sys/policies/acl` and its older form `sys/policy`.

internal import Clock
internal import JSON
internal import Paths

enum SysPolicies {
    private static let name = Field.string("name", "Name of the policy; of lists, how names begin.")

    private static let fields: [Field] = [
        name,
        .string("policy", "Text of the policy, in HCL or JSON, plain or base64."),
        .string("rules", "Old name of policy."),
        .string("expiration", "When the policy ends, as RFC 3339 writes times; not with ttl."),
        .duration("ttl", "How long from now on the policy holds; not with expiration."),
        .integer("cas", "Write only if this is the policy's version; -1 if it must not exist."),
        .boolean("cas_required", "Whether this write and the next need cas."),
    ]

    static let paths = [
        CorePath(
            "policy/?", [.read: .immediate(listOld), .list: .immediate(listOld)],
            help: "List the policies."),
        CorePath(
            "policy/:name*",
            [
                .read: .immediate(readOld), .list: .immediate(listOld),
                .update: .suspending(PolicyWriting.replace),
                .delete: .suspending(PolicyWriting.delete),
            ],
            fields: fields, help: "Read, write or delete a policy."),
        CorePath("policies/acl/?", [.list: .immediate(list)], help: "List the policies."),
        CorePath(
            "policies/acl/:name*",
            [
                .read: .immediate(read), .list: .immediate(list),
                .update: .suspending(PolicyWriting.replace),
                .patch: .suspending(PolicyWriting.patch),
                .delete: .suspending(PolicyWriting.delete),
            ],
            fields: fields, help: "Read, write or delete a policy."),
        CorePath(
            "policies/detailed/acl/?", [.list: .immediate(listDetailed)],
            help: "List the policies with their texts."),
        CorePath(
            "policies/detailed/acl/:name*", [.list: .immediate(listDetailed)], fields: [name],
            help: "List the policies that begin with a prefix, with their texts."),
    ]

    static func name(_ call: CoreCall) throws(BackendFailure) -> PolicyName {
        do { return try PolicyName(call.name("name")) } catch {
            throw BackendFailure(.invalidRequest, error.message)
        }
    }

    // MARK: Lists

    /// All names, or those below the prefix in the path, which ends in a slash.
    private static func names(_ call: CoreCall) -> [String] {
        let prefix = call.name("name").lowercased()
        return call.state.policies.names.filter { $0.utf8.starts(with: prefix.utf8) }
    }

    private static func list(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        answer(JSONObject([("keys", .strings(names(call)))]))
    }

    private static func listOld(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        let names = JSONValue.strings(names(call))
        return answer(JSONObject([("keys", names), ("policies", names)]))
    }

    private static func listDetailed(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        let names = names(call)
        var details = JSONObject()
        for text in names {
            guard let name = try? PolicyName(text), let record = call.state.policies.record(name)
            else { continue }
            details[text] = .object(object(name, record, textMember: "policy"))
        }
        return answer(JSONObject([("keys", .strings(names)), ("key_info", .object(details))]))
    }

    // MARK: Reading

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
        guard let record = call.state.policies.record(name) else { return BackendAnswer() }
        return answer(object(name, record, textMember: textMember))
    }

    private static func object(
        _ name: PolicyName, _ record: PolicyRecord, textMember: String
    ) -> JSONObject {
        var object = JSONObject([
            ("name", .string(name.text)), (textMember, .string(record.text)),
            ("version", .int(record.version)), ("cas_required", .bool(record.requiresCheckAndSet)),
        ])
        if let modified = record.modified { object["modified"] = .string(modified.rfc3339) }
        if let end = record.expiration { object["expiration"] = .string(end.rfc3339) }
        return object
    }

    private static func answer(_ object: JSONObject) -> BackendAnswer {
        BackendAnswer(data: JSONValue.object(object).encoded())
    }
}
