// The one door between a listener and the core.

/// Answers client requests.
public protocol RequestHandler: Sendable {
    /// Answers one request.
    ///
    /// `then` is called exactly once: before this returns, later on the request's lane, or from
    /// another thread.
    func handle(_ request: ClientRequest, then: @escaping @Sendable (ClientResponse) -> Void)
}
