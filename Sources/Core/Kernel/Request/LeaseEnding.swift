// An engine made a secret that ends: the core keeps a lease of it before the client sees it.

extension RequestPipeline {
    func endWithLease(_ grant: LeaseGrant, _ answer: BackendAnswer, _ exchange: Exchange) {
        let refusal = BackendFailure(
            .internalError, "the engine returned a lease, which this version does not keep yet")
        deliver(response(to: exchange.request, refusal), exchange)
    }
}
