// The verdict on a request before it reaches an engine.

internal import Cryptography

/// What becomes of a request: the pipeline's first half ends in one of these.
enum Admission {
    /// Refused, for a reason.
    case denied(BackendFailure, RequestSubject, RequestTimes)
    /// On to the engine with the smaller request made for it.
    case admitted(Admitted)
    /// Something has to be waited for; then the request is admitted anew.
    case needs(Wait)
}

/// What a request can wait for before it is admitted.
enum Wait: Sendable {
    case backend(Mount)
    case tokenUse(StoredToken)
}

/// What a request has waited for already.
struct Progress: Sendable {
    /// When the request came, on the monotonic clock.
    let startedNanoseconds: UInt64
    /// The token after its use was counted.
    var countedUse: StoredToken?
    /// Why the use could not be counted. The request ends with it, since it would wait for the same
    /// again.
    var uncountedUse: BackendFailure?
    /// Why the engine could not be opened. Said only to those who pass policy.
    var brokenEngine: BackendFailure?
}

/// A request that may run.
final class Admitted: Sendable {
    let request: BackendRequest
    let backend: any Backend
    let subject: RequestSubject
    let times: RequestTimes

    init(
        request: BackendRequest, backend: any Backend, subject: RequestSubject, times: RequestTimes
    ) {
        self.request = request
        self.backend = backend
        self.subject = subject
        self.times = times
    }
}

/// An authenticated client: a token that was found alive, with the rights of its policies.
struct Caller: Sendable {
    let token: StoredToken
    /// The token's text, for answers that repeat it. It never leaves the core's own engines.
    let secret: SecretBytes?
    /// The entity that the token belongs to; empty for tokens without one.
    let entityID: String
    /// The names of all policies that hold: the token's own and those of its entity and groups,
    /// each once, in byte order.
    let policies: [String]
    let acl: ACL
    /// The namespace's tables, for the core's own engines.
    let state: ActiveState
}
