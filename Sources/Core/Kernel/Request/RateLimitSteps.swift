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
        var subject = RequestSubject(request)
        if let active = try? core.activeState(),
            let (node, placed) = try? active.namespaces.place(request)
        {
            subject = RequestSubject(placed)
            subject.state = node.state
        }
        core.audit.record(subject, denial: denial) { _ in then() }
    }
}
