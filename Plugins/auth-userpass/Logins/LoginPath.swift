// `login/:username`: a name and a password for a token. An unknown name, a wrong password and one
// that nobody can have take the same time and have the same answer.

import JSON
import Paths
import PluginSDK

let loginPath = Path(
    "login/:username", .update,
    fields: [.userName, .string("password", "The user's password.")],
    reads: [StorageKey.namedUser], loginName: "username",
    help: "Log in with a user's name and password."
) { request in
    let name = try request.userName()
    let text = try request.fields().string("password") ?? ""
    guard !text.isEmpty else { throw PluginError(.invalidRequest, "missing password") }
    let password = Password(text)
    return .read([StorageKey.user(name)]) { entries in
        let user = try entries.user(name)
        return .work {
            let isRight = (user?.password ?? .ofNobody).matches(password ?? .none)
            guard let user, password != nil, isRight else {
                throw PluginError(.invalidRequest, "invalid username or password")
            }
            return .answer(
                .auth(
                    try user.token.grant(
                        for: request, aliasName: name, displayName: name,
                        metadata: [TextPair("username", name)],
                        internalData: ["username": .string(name)])))
        }
    }
}
