// The verdict on a request before it reaches an engine.

internal import Cryptography
internal import Paths

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
    case backend(Mount, NamespaceState)
    case namespace(NamespaceNode)
    case tokenUse(PresentedToken)
}

/// What a request has waited for already.
struct Progress: Sendable {
    /// When the request came, on the monotonic clock.
    let startedNanoseconds: UInt64
    /// The token after its use was counted.
    var countedUse: PresentedToken?
    /// Why the use could not be counted. The request ends with it, since it would wait for the same
    /// again.
    var uncountedUse: BackendFailure?
    /// Why the engine could not be opened. Said only to those who pass policy.
    var brokenEngine: BackendFailure?
    /// Why a namespace's tables could not be read.
    var brokenNamespace: BackendFailure?
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

/// An authenticated client: a token that was found alive, with the rights of its policies. A class,
/// since every step of the request's way hands it to the next.
final class Caller: Sendable {
    let token: StoredToken
    /// The token's text, for answers that repeat it. It never leaves the core's own engines.
    let secret: SecretBytes?
    /// The entity that the token belongs to; empty for tokens without one.
    let entityID: String
    /// The names of all policies that hold: the token's own and those of its entity and groups,
    /// each once, in byte order.
    let policies: [String]
    let acl: ACL
    /// The tables of the namespace that the request is for, for the core's own engines.
    let state: NamespaceState
    /// Those of the namespace that the token belongs to: this one, or one above it.
    let home: NamespaceState
    /// What the token's policies call the request's namespace; empty in its own.
    let pathPrefix: String

    init(
        _ presented: PresentedToken, secret: SecretBytes?, grant: Grant, in state: NamespaceState
    ) {
        token = presented.token
        self.secret = secret
        entityID = grant.entityID
        policies = grant.policies
        acl = grant.acl
        self.state = state
        home = presented.home
        pathPrefix = home === state ? "" : home.namespace.relativePath(of: state.namespace)
    }

    /// What policy says about a path of the request's namespace.
    func access(to path: String, operation: Paths.Operation) -> Access {
        acl.access(to: pathPrefix.isEmpty ? path : pathPrefix + path, operation: operation)
    }

    /// The policies that allow an operation at a path of the request's namespace.
    func grantingPolicies(path: String, operation: Paths.Operation) -> [String] {
        acl.grantingPolicies(
            operation: operation, path: pathPrefix.isEmpty ? path : pathPrefix + path)
    }

    /// Whether anything may be done at or below a path of the request's namespace.
    func hasAccess(below path: String) -> Bool {
        acl.hasAccess(below: pathPrefix.isEmpty ? path : pathPrefix + path)
    }
}
