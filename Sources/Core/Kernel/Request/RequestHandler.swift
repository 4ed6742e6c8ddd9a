// The one door between a listener and the core.

/// Answers client requests.
public protocol RequestHandler: Sendable {
    /// Whether a request may go on of which only the head has been read.
    func checkRateLimit(
        path: String, namespace: String, remoteAddress: String
    ) -> RateLimitVerdict

    /// Whether a page of this origin may use the API from a browser.
    func checkOrigin(_ origin: String) -> CrossOriginVerdict

    /// Records a request that was refused before it was one, by a rate limit or for its origin,
    /// without its body; then it is answered.
    func recordRefusal(
        of request: ClientRequest, message: String, then: @escaping @Sendable () -> Void)

    /// Answers one request.
    ///
    /// `then` is called exactly once: before this returns, later on the request's lane, or from
    /// another thread.
    func handle(_ request: ClientRequest, then: @escaping @Sendable (ClientResponse) -> Void)
}

extension RequestHandler {
    public func checkRateLimit(
        path: String, namespace: String, remoteAddress: String
    ) -> RateLimitVerdict { .unlimited }

    public func checkOrigin(_ origin: String) -> CrossOriginVerdict { .off }

    public func recordRefusal(
        of request: ClientRequest, message: String, then: @escaping @Sendable () -> Void
    ) { then() }
}
