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
        var (request, state) = (request, NamespaceState?.none)
        if let active = try? core.activeState(),
            let (node, placed) = try? active.namespaces.place(request)
        {
            (request, state) = (placed, node.state)
        }
        let subject = RequestSubject(
            request, operation: request.operation, state: state, trace: nil)
        core.audit.record(subject, denial: denial) { _ in then() }
    }
}
