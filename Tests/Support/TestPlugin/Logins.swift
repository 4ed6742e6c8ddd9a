// An auth method that lets in whoever knows the password "right", with the groups they ask for.

import JSON
import Paths
import PluginSDK

struct Logins: Sendable {
    private static let fields: [Field] = [
        .string("username", default: "", "Who it is."),
        .string("password", default: "", "\"right\"."),
        .stringList("groups", default: [], "Groups to belong to."),
        .stringList("later", default: [], "Groups to belong to from the first renewal on."),
    ]

    var paths: [Path] {
        [
            Path(
                "login/:username", .update, fields: Self.fields, loginName: "username",
                help: "Log in.", handler: login),
            Path(
                "login", .update, fields: Self.fields, loginName: "username",
                help: "Log in with the name in the body.", handler: login),
        ]
    }

    private func login(_ request: Request) throws -> Outcome {
        let fields = try request.fields()
        guard fields.string("password") == "right", let name = fields.string("username"),
            !name.isEmpty
        else { throw PluginError(.invalidRequest, "invalid username or password") }
        let later = fields.stringList("later") ?? []
        let kept: JSONValue = ["groups": .array(later.map { .string($0) })]
        return .answer(
            .auth(
                AuthGrant(
                    policies: [], displayName: name, ttlSeconds: 600, aliasName: name,
                    aliasMetadata: [TextPair("how", "password")],
                    internalData: later.isEmpty ? [] : kept.encoded(),
                    groupAliases: fields.stringList("groups") ?? [])))
    }

    var renew: Handler {
        { request in
            guard !request.internalData.isEmpty else { return .answer(.none) }
            let kept = try JSONValue(parsing: request.internalData)
            let groups = kept["groups"]?.arrayValue?.compactMap(\.stringValue) ?? []
            return .answer(.auth(AuthGrant(policies: [], ttlSeconds: 600, groupAliases: groups)))
        }
    }
}
