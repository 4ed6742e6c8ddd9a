// Rate limits come before everything that a request could make the server do: its body is not kept,
// its JSON not parsed, its token not looked up.

internal import Kernel

extension ConnectionHandler {
    func checkRateLimit(_ request: RequestHead) throws(Refusal) {
        let verdict = settings.handler.checkRateLimit(
            path: request.path.text, namespace: request.fields.namespace,
            remoteAddress: remoteAddress)
        switch verdict {
        case .unlimited: break
        case .allowed(let headers): addedHeaders += headers
        case .refused(let message, let headers, let isAudited):
            var refusal = Refusal(429, message)
            refusal.headers = headers.map { Refusal.HeaderPair(name: $0.name, value: $0.value) }
            if isAudited { head = request }
            throw refusal
        }
    }

    /// After the whole request was let pass: the connection stays usable.
    func recordThenRefuse(_ refusal: Refusal) {
        guard let head else { return write(ClientResponse(refusal)) }
        recordThenRefuse(refusal, head)
    }

    /// Before the rest of the request: this answer is the connection's last.
    func recordThenRefuseAtOnce(_ refusal: Refusal) {
        guard let head else { return refuse(refusal) }
        keepsAlive = false
        gate?.framer.stop()
        recordThenRefuse(refusal, head)
    }

    /// The head was kept if the refusal is to be recorded.
    private func recordThenRefuse(_ refusal: Refusal, _ head: RequestHead) {
        self.head = nil
        state = .answering
        deadlineSecond = .max
        sequence += 1
        settings.handler.recordRefusal(of: head.request([], on: self), message: refusal.message) {
            [self, sequence] in
            answer(ClientResponse(refusal), sequence)
        }
    }
}
