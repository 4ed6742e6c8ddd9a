// An auth method let somebody in: the core makes the token.

extension RequestPipeline {
    func endWithLogin(_ grant: AuthGrant, _ answer: BackendAnswer, _ exchange: Exchange) {
        let refusal = BackendFailure(
            .internalError, "the engine returned a login, which this version does not keep yet")
        deliver(response(to: exchange.request, refusal), exchange)
    }
}
