// What serves a mount: a list of paths, and what it declares about them.

public import Paths

/// From a request to an outcome. A handler is a function: it waits for nothing and changes nothing;
/// what it needs and what it writes is in the outcome.
public typealias Handler = @Sendable (Request) throws -> Outcome

public struct Engine: Sendable {
    public var paths: [Path]
    /// The kinds of secrets that it gives leases for.
    public var leases: [LeasedSecret]
    /// Paths that need no login: exact, or with a trailing `*`; `+` stands for one segment.
    public var unauthenticated: [String]
    /// Paths that need the sudo capability, written in the same way.
    public var sudo: [String]
    /// Runs once per mount set-up, before the first other request.
    public var initialize: Handler?
    /// An auth method's: a token of one of its logins is to be renewed. `Request.path` is the
    /// login's, `Request.internalData` what its grant had. An answer with a grant changes
    /// lifetimes and groups; an error refuses. Without this, its tokens are not renewed.
    public var renewLogin: Handler?
    /// The time has come that an answer named with `waking(afterSeconds:)`: what is due is done
    /// here. Its own answer says when the next time is; without that there is none until another
    /// answer names one. An error is tried again after a while. It has no client, and at most one
    /// runs at a time for a mount.
    public var wake: Handler?
    /// An entry changed: what is cached of it in memory is stale. Called for every key of every
    /// write, this engine's own included, once on each of the process's connections and before the
    /// next request of that connection; so a handler that puts what it has read into a cache finds
    /// it dropped if it was too old. Only an engine that sets this is told.
    public var invalidate: (@Sendable (String) -> Void)?

    public init(
        paths: [Path], leases: [LeasedSecret] = [], unauthenticated: [String] = [],
        sudo: [String] = [],
        initialize: Handler? = nil, renewLogin: Handler? = nil, wake: Handler? = nil,
        invalidate: (@Sendable (String) -> Void)? = nil
    ) {
        self.paths = paths
        self.leases = leases
        self.unauthenticated = unauthenticated
        self.sudo = sudo
        self.initialize = initialize
        self.renewLogin = renewLogin
        self.wake = wake
        self.invalidate = invalidate
    }
}

/// A path as a value: from it come the route, the validation of fields, the help and OpenAPI.
public struct Path: Sendable {
    public var pattern: String
    public var handlers: [Operation: Handler]
    public var fields: [Field]
    /// Templates of the entries that each operation will read, so that the core can send them along
    /// with the request: a round trip saved. What is not needed after all was sent in vain.
    public var reads: [Operation: [String]]
    /// Template of the entry whose presence makes a write an update, and not a create.
    public var existence: String?
    /// On a path to log in at: the capture or the field that says who it is. Failed logins are
    /// counted by it, and a name that fails too often is locked out before the engine hears of it.
    public var loginName: String?
    public var help: String
    public var description: String
    /// A write with a member that no field is named after is answered with a warning. Not on a path
    /// with this, whose handlers take members of any name out of `Request.data`; nor on one that
    /// declares no fields at all.
    public var takesAnyMembers = false

    public init(
        _ pattern: String, _ handlers: [Operation: Handler], fields: [Field] = [],
        reads: [Operation: [String]] = [:], existence: String? = nil, loginName: String? = nil,
        help: String, description: String = ""
    ) {
        self.pattern = pattern
        self.handlers = handlers
        self.fields = fields
        self.reads = reads
        self.existence = existence
        self.loginName = loginName
        self.help = help
        self.description = description
    }

    /// A path whose operations all read the same entries.
    public init(
        _ pattern: String, _ handlers: [Operation: Handler], fields: [Field] = [],
        reads: [String], existence: String? = nil, loginName: String? = nil, help: String,
        description: String = ""
    ) {
        self.init(
            pattern, handlers, fields: fields, reads: handlers.mapValues { _ in reads },
            existence: existence, loginName: loginName, help: help, description: description)
    }

    /// The same path, with `takesAnyMembers`.
    public func takingAnyMembers() -> Path {
        var path = self
        path.takesAnyMembers = true
        return path
    }

    /// A path with one operation.
    public init(
        _ pattern: String, _ operation: Operation, fields: [Field] = [], reads: [String] = [],
        existence: String? = nil, loginName: String? = nil, help: String,
        description: String = "", handler: @escaping Handler
    ) {
        self.init(
            pattern, [operation: handler], fields: fields, reads: reads, existence: existence,
            loginName: loginName, help: help, description: description)
    }
}
