// `users/:username/policies`: other policies, for whoever may change those and nothing else.

import Paths
import PluginSDK

private let olderNames: [TokenParameter: String] = [.policies: "policies"]
private let names = [TokenParameter.policies.rawValue, "policies"]

let policiesPath = Path(
    "users/:username/policies", .update,
    fields: [.userName]
        + TokenParameters.fields(olderNames: olderNames).filter { names.contains($0.name) },
    reads: [StorageKey.namedUser], help: "Give a user other policies."
) { request in
    let name = try request.userName()
    let fields = try request.fields()
    return .read([StorageKey.user(name)]) { entries in
        guard var user = try entries.user(name) else { throw PluginError.noSuchUser }
        guard names.contains(where: fields.isPresent) else {
            throw PluginError(.invalidRequest, "missing token_policies")
        }
        try user.token.take(fields, olderNames: olderNames)
        return .answer(.none, writing: WriteBatch(user, name))
    }
}
