// `users` lists the users; `users/:username` makes, changes, shows and deletes one.

import JSON
import Paths
import PluginSDK

let listUsersPath = Path(
    "users/?", .list, fields: NameListing.fields, help: "List the users."
) { request in
    try NameListing.outcome(request, prefix: StorageKey.userPrefix)
}

let userPath = Path(
    "users/:username",
    [.read: readUser, .create: writeUser, .update: writeUser, .delete: deleteUser],
    fields: [.userName] + NewPassword.fields
        + TokenParameters.fields(olderNames: User.olderTokenNames),
    reads: [StorageKey.namedUser], existence: StorageKey.namedUser,
    help: "Make, change, read and delete users.")

extension Field {
    static let userName = Field.string("username", "Name of the user.")
}

extension Request {
    /// Names that differ in case only are one user.
    func userName() throws(PluginError) -> String {
        try foldedName("username", of: "user", maxBytes: Limits.maxUserNameBytes)
    }
}

@Sendable private func readUser(_ request: Request) throws -> Outcome {
    let name = try request.userName()
    return .read([StorageKey.user(name)]) { entries in
        guard let user = try entries.user(name) else { return .answer(.none) }
        let members = user.token.members(olderNames: User.olderTokenNames)
        return .answer(.data(.object(JSONObject(members))))
    }
}

@Sendable private func writeUser(_ request: Request) throws -> Outcome {
    let name = try request.userName()
    let fields = try request.fields()
    let password = try NewPassword(fields)
    return .read([StorageKey.user(name)]) { entries in
        let before = try entries.user(name)
        // Who may make users and not change them was let through because there was none.
        if request.operation == .create, before != nil {
            throw PluginError(.unavailable, "the user was made by another request, try again")
        }
        var token = before?.token ?? TokenParameters()
        try token.take(fields, olderNames: User.olderTokenNames)
        let checked = token
        if let password {
            return password.hashed { hash in
                .answer(.none, writing: WriteBatch(User(password: hash, token: checked), name))
            }
        }
        guard let before else { throw NewPassword.missing }
        return .answer(
            .none, writing: WriteBatch(User(password: before.password, token: checked), name))
    }
}

@Sendable private func deleteUser(_ request: Request) throws -> Outcome {
    let name = try request.userName()
    var batch = WriteBatch()
    batch.delete(StorageKey.user(name))
    return .answer(.none, writing: batch)
}

extension PluginError {
    static let noSuchUser = PluginError(.invalidRequest, "username does not exist")
}
