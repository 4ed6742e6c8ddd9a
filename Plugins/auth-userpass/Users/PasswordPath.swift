// `users/:username/password`: a new password, for whoever may change that and nothing else.

import Paths
import PluginSDK

let passwordPath = Path(
    "users/:username/password", .update, fields: [.userName] + NewPassword.fields,
    reads: [StorageKey.namedUser], help: "Give a user a new password."
) { request in
    let name = try request.userName()
    guard let password = try NewPassword(try request.fields()) else { throw NewPassword.missing }
    return .read([StorageKey.user(name)]) { entries in
        guard let user = try entries.user(name) else { throw PluginError.noSuchUser }
        return password.hashed { hash in
            .answer(.none, writing: WriteBatch(User(password: hash, token: user.token), name))
        }
    }
}
