// What a handler comes to: an answer with writes, or one more thing that it has to know first.

public enum Outcome: Sendable {
    /// The end. The writes are one atomic batch, conditional on everything that this run has read
    /// (since its last `commit`) being unchanged; when something did change, the handler runs again
    /// from its start.
    case answer(Answer, writing: WriteBatch = .none)
    /// Goes on with the entries of these keys.
    case read([String], then: @Sendable (Entries) throws -> Outcome)
    /// Goes on with the names directly below `prefix` (empty, or ending in a slash). A listing is
    /// no condition of later writes.
    case list(
        prefix: String, after: String?, limit: Int, then: @Sendable (ListPage) throws -> Outcome)
    /// Writes now, on the same condition, and goes on. That settles what was read before: it is
    /// forgotten and no condition of later writes, so a step that builds on it reads it again. For
    /// work too large for one batch: there may be any number of these, and when a later step
    /// conflicts, the handler runs again from its start and finds the writes done.
    case commit(WriteBatch, then: @Sendable () throws -> Outcome)
    /// Goes on on another thread, for what takes more than a millisecond: the requests behind this
    /// one are not held up, and may be answered before it.
    case work(@Sendable () throws -> Outcome)
    /// As `work`, for what takes a tenth of a second or more, such as making an RSA key. It has
    /// threads of its own, so that nobody's `work` waits behind it, and few may wait for it.
    case heavyWork(@Sendable () throws -> Outcome)
    /// As `work`, for what waits for somebody else more than it computes: a database, another
    /// server. There are as many threads for this as may wait at once, and `work` is not held up.
    case wait(@Sendable () throws -> Outcome)
    /// Goes on with a password by this password policy of the mount's namespace; one that is not
    /// there ends the request. Nothing else of the policy is told.
    case password(policy: String, then: @Sendable (String) throws -> Outcome)
    /// Goes on with these texts, their `{{identity…}}` parameters filled in for the caller of this
    /// request, in their order; nil where the caller has no such value, or one that could widen a
    /// rule. A template with a parameter that there is not ends the request, so asking is also how
    /// templates are checked.
    case fill([String], then: @Sendable ([String?]) throws -> Outcome)
    /// Writes down what undoes what the engine is about to do outside, and goes on when that is
    /// durable. `LeasedSecret.intent` makes it.
    ///
    /// If the core never learns how the request ended, or it ended with a failure, the engine is
    /// asked to roll back; an answer settles it. Read everything before: after this nothing can be
    /// undone by running the handler again.
    case intend(LeaseIntent, writing: WriteBatch = .none, then: @Sendable () throws -> Outcome)
}

/// One page of a listing: names relative to the prefix, folders with a trailing slash, in byte
/// order.
public struct ListPage: Sendable {
    public var names: [String]
    /// There are names after the last one.
    public var more: Bool

    public init(names: [String], more: Bool) {
        self.names = names
        self.more = more
    }
}
