// A user's new password, as a request gives it: in plain, or as a hash that was made elsewhere.

import Paths
import PluginSDK

enum NewPassword: Sendable {
    case plain(Password)
    case hash(PasswordHash)

    static let fields: [Field] = [
        .string("password", "The password, of at most \(Limits.maxPasswordBytes) bytes."),
        .string("password_hash", "A bcrypt hash of the password, instead of the password."),
    ]

    static let missing = PluginError(
        .invalidRequest, "must provide either password or password_hash")

    /// Nil if the request gives none.
    init?(_ fields: FieldValues) throws(PluginError) {
        let password = fields.string("password") ?? ""
        let hash = fields.string("password_hash") ?? ""
        if password.isEmpty, hash.isEmpty { return nil }
        guard password.isEmpty || hash.isEmpty else {
            throw PluginError(
                .invalidRequest, "only one of password or password_hash may be provided")
        }
        if password.isEmpty {
            self = .hash(try PasswordHash(brought: hash))
            return
        }
        if password.utf8.count > Limits.maxPasswordBytes {
            throw PluginError(
                .invalidRequest,
                "bcrypt: password length exceeds \(Limits.maxPasswordBytes) bytes")
        }
        guard let password = Password(password) else {
            throw PluginError(.invalidRequest, "a password cannot have a zero byte")
        }
        self = .plain(password)
    }

    /// Goes on with its hash, which takes a while to make.
    func hashed(then: @escaping @Sendable (PasswordHash) throws -> Outcome) -> Outcome {
        .work {
            switch self {
            case .plain(let password): try then(try PasswordHash(of: password))
            case .hash(let hash): try then(hash)
            }
        }
    }
}
