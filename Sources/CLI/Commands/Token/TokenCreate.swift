// `coffer token create`: a child of the caller's token.

import JSON

extension Flag {
    fileprivate static let id = Flag(
        "id", .string, "Value of the token. Otherwise it is random. Needs sudo.")
    fileprivate static let displayName = Flag(
        "display-name", .string, "Name that stands beside the token in logs and look-ups.",
        placeholder: "name")
    fileprivate static let ttl = Flag(
        "ttl", .duration, "How long the token lives, such as 30m or 8h.")
    fileprivate static let explicitMaxTTL = Flag(
        "explicit-max-ttl", .duration, "Hard limit of the token's life, which no renewal can pass.")
    fileprivate static let period = Flag(
        "period", .duration,
        "Every renewal gives the token this much time again, so that it lives as long as it is "
            + "renewed. Needs sudo.")
    fileprivate static let renewable = Flag(
        "renewable", .boolean, "Whether the token can be renewed.", fallback: "true")
    fileprivate static let orphan = Flag(
        "orphan", .boolean, "Make a token without a parent, whose end would end it. Needs sudo.")
    fileprivate static let noDefaultPolicy = Flag(
        "no-default-policy", .boolean, "Leave the policy \"default\" out.")
    fileprivate static let useLimit = Flag(
        "use-limit", .integer, "Number of times that the token can be used. 0 is without limit.")
    fileprivate static let role = Flag(
        "role", .string, "Name of the token role to make the token by.", placeholder: "name")
    fileprivate static let type = Flag(
        "type", .string, "Kind of token.", fallback: "service", choices: ["service", "batch"])
    fileprivate static let metadata = Flag(
        "metadata", .pairs, "Metadata for the audit log. May be given several times.")
    fileprivate static let policy = Flag(
        "policy", .strings, "Name of a policy for the token. May be given several times.",
        placeholder: "name")
    fileprivate static let entityAlias = Flag(
        "entity-alias", .string, "With -role: entity alias to make the token for.",
        placeholder: "name")
}

extension Command {
    static let tokenCreate = Command(
        "token create", "Create a new token", usage: "[options]",
        about: """
            Makes a token as a child of your own. It gets all policies of yours unless you name \
            some with -policy, and it ends when yours ends.
            """,
        examples: [
            Example(
                "Make a token with the policies \"my-app\" and \"default\":",
                "coffer token create -policy=my-app -ttl=8h"),
            Example(
                "Put a fresh token into a variable:",
                "TOKEN=$(coffer token create -policy=my-app -field=token)"),
        ],
        families: [.http, .format, .field],
        flags: [
            .policy, .ttl, .explicitMaxTTL, .period, .renewable, .useLimit, .displayName, .metadata,
            .noDefaultPolicy, .orphan, .type, .role, .entityAlias, .id,
        ],
        takes: .none
    ) { call in
        let role = call.flags.string(.role).map { "/" + $0 } ?? ""
        let request = APIRequest.post("auth/token/create\(role)", .object(tokenRequest(call.flags)))
        let client = try call.client()
        let secret = try await call.during("Error creating token") {
            try await client.send(request)
        }
        guard let secret else { throw CommandError.server("Error creating token: empty answer") }
        try call.output.secret(secret)
        return .success
    }
}

private func tokenRequest(_ flags: FlagValues) -> JSONObject {
    var body = JSONObject()
    func set(_ name: String, _ flag: Flag) {
        if let text = flags.string(flag) { body[name] = .string(text) }
    }
    func setDuration(_ name: String, _ flag: Flag) {
        if let duration = flags.duration(flag) { body[name] = .string(duration.apiText) }
    }
    set("id", .id)
    set("display_name", .displayName)
    set("type", .type)
    set("entity_alias", .entityAlias)
    setDuration("ttl", .ttl)
    setDuration("explicit_max_ttl", .explicitMaxTTL)
    setDuration("period", .period)
    let policies = flags.strings(.policy)
    if !policies.isEmpty { body["policies"] = .strings(policies) }
    let metadata = flags.pairs(.metadata)
    if !metadata.isEmpty {
        body["meta"] = .object(JSONObject(metadata.map { ($0.key, .string($0.value)) }))
    }
    // A batch token cannot be renewed.
    body["renewable"] = .bool(flags.bool(.renewable) && flags.string(.type) != "batch")
    if flags.bool(.orphan) { body["no_parent"] = true }
    if flags.bool(.noDefaultPolicy) { body["no_default_policy"] = true }
    if let limit = flags.integer(.useLimit), limit != 0 { body["num_uses"] = .int(limit) }
    return body
}
