// What happens to a request before it is one: rate limits.

extension RequestPipeline {
    public func checkRateLimit(
        path: String, namespace: String, remoteAddress: String
    ) -> RateLimitVerdict {
        core.rateLimits.check(path: path, namespace: namespace, remoteAddress: remoteAddress)
    }

    /// The client is refused in any case, recorded or not.
    public func recordRefusal(
        of request: ClientRequest, message: String, then: @escaping @Sendable () -> Void
    ) {
        guard core.audit.isRecording else { return then() }
        let denial = BackendFailure(.rateLimited, message)
        core.audit.record(RequestSubject(request), denial: denial) { _ in then() }
    }
}
