// A connection, and what is done to the users of its database.
//
// This one keeps its users in memory, so that there is something to see at once: they are gone when
// the process ends. Put calls of your database in the place of `users`.

import JSON
import PluginSDK
import Synchronization

final class MySkeletonUsers: UserDatabase {
    private let address: String
    private let users = Mutex<[String: UserCredential]>([:])

    /// All that an operator writes to `database/config/NAME`, but for what is the engine's own.
    init(_ config: JSONObject) throws {
        guard let address = config["address"]?.stringValue, !address.isEmpty else {
            throw PluginError(.invalidRequest, "address is missing")
        }
        self.address = address
    }

    /// Log in with the configuration's user. What the database refuses is `.permissionDenied`, a
    /// database that is not there `.upstreamFailed`.
    func verify() throws {
        guard address != "nowhere" else {
            throw PluginError(.upstreamFailed, "there is nothing at \(address)")
        }
    }

    /// In one transaction, and under just this name: it was written down before, so that the user
    /// is ended also if this process dies here.
    func newUser(_ user: NewUser) throws {
        users.withLock { $0[user.username] = user.credential }
    }

    func updateUser(_ update: UserUpdate) throws {
        try users.withLock { users in
            guard users[update.username] != nil else {
                throw PluginError(.upstreamFailed, "there is no such user")
            }
            if let credential = update.credential { users[update.username] = credential.new }
            // `update.expiration` is for databases whose users end by themselves.
        }
    }

    /// A user that is gone already is no error.
    func deleteUser(_ user: UserDeletion) throws {
        users.withLock { $0[user.username] = nil }
    }

    func credential(of name: String) -> UserCredential? { users.withLock { $0[name] } }
}
