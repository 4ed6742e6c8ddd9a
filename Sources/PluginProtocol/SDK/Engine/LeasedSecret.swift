// A kind of secret that ends: how it is given out, and how its end is brought about.
//
//     static let credentials = LeasedSecret("credentials", revoke: drop, renew: extend)
//     ...
//     .intend(credentials.intent(["user": .string(name)])) {
//         try makeUser(name)
//         return .answer(credentials.answer(data, keeping: ["user": .string(name)], ttl: 3600))
//     }

public import JSON
import Paths
public import Wire

public struct LeasedSecret: Sendable {
    /// Tells the engine's kinds apart; the core never sees it apart from the rest.
    public let name: String
    /// Undoes the secret that `Request.internalData` describes. It may be asked for again for one
    /// that is gone already; that is not an error.
    let revoke: Handler
    /// Agrees to more time; nil for a secret that cannot be renewed. `Request.data` has
    /// `increment`, what the client asks for, and `ttl`, what the core allows: more is not given,
    /// less may be answered with a grant.
    let renew: Handler?
    /// Undoes what an intent announced and may or may not have been done.
    let rollback: Handler

    public init(
        _ name: String, revoke: @escaping Handler, renew: Handler? = nil,
        rollback: Handler? = nil
    ) {
        self.name = name
        self.revoke = revoke
        self.renew = renew
        self.rollback = rollback ?? revoke
    }

    /// The grant of a lease. `keeping` comes back as `Request.internalData`; 0 seconds leave a
    /// lifetime to the mount.
    public func grant(
        keeping data: JSONValue = [:], ttlSeconds: UInt64 = 0, maxTTLSeconds: UInt64 = 0
    ) -> LeaseGrant {
        LeaseGrant(
            ttlSeconds: ttlSeconds, maxTTLSeconds: maxTTLSeconds, renewable: renew != nil,
            internalData: wrapped(data))
    }

    /// A secret with its lease.
    public func answer(
        _ value: JSONValue, keeping data: JSONValue = [:], ttlSeconds: UInt64 = 0,
        maxTTLSeconds: UInt64 = 0
    ) -> Answer {
        Answer(
            data: value.encoded(),
            lease: grant(keeping: data, ttlSeconds: ttlSeconds, maxTTLSeconds: maxTTLSeconds))
    }

    /// What undoes the secret that is about to be made.
    public func intent(_ data: JSONValue) -> LeaseIntent { LeaseIntent(bytes: wrapped(data)) }

    private func wrapped(_ data: JSONValue) -> [UInt8] {
        JSONValue.object(JSONObject([("secret", .string(name)), ("data", data)])).encoded()
    }

    func handler(for operation: Operation) -> Handler? {
        switch operation {
        case .renew: renew
        case .revoke: revoke
        case .rollback: rollback
        default: nil
        }
    }
}

/// What the core keeps for a rollback.
public struct LeaseIntent: Sendable {
    let bytes: [UInt8]
}
