// The client asked for its answer wrapped: it gets a token that opens the answer once.

internal import Clock
internal import JSON

extension RequestPipeline {
    /// Delivers the response, or a wrapping token for it where the request asked for that.
    ///
    /// What holds no secret is not wrapped: failures, and writes that have nothing to say.
    func wrapThenDeliver(_ response: ClientResponse, _ exchange: Exchange) {
        guard let ttl = exchange.request.wrapTTLSeconds, ttl > 0, response.status < 300,
            let content = WrappedResponse(response)
        else { return deliver(response, exchange) }
        let state: NamespaceState
        do throws(BackendFailure) { state = try exchange.requireState() } catch {
            return deliver(self.response(to: exchange.request, error), exchange)
        }
        state.wrapping.wrap(
            content, path: exchange.request.path,
            ttlSeconds: Int64(clamping: ttl), now: Timestamp.now.seconds
        ) { result in
            switch result {
            case .success(let info):
                var envelope = Envelope(requestID: exchange.request.id)
                envelope.wrapInfo = info.presentation
                // What the envelope warns of is for whoever asked, not for whoever unwraps.
                if case .envelope(let wrapped) = response.body {
                    envelope.warnings = wrapped.warnings
                }
                let wrapping = ClientResponse(status: 200, body: .envelope(envelope))
                self.deliver(wrapping, wrapped: response, exchange)
            case .failure(let failure):
                self.deliver(self.response(to: exchange.request, failure), exchange)
            }
        }
    }
}
