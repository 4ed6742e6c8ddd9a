// From the head of a request to the core.

internal import Kernel
internal import NIOCore
internal import NIOHTTP1

extension ConnectionHandler {
    /// The first byte of a request came in.
    func requestBegins() {
        guard case .awaitingHead = state else { return }
        // Never later than before, or blank lines could hold a connection for ever.
        let before = deadlineSecond
        setDeadline(settings.limits.headTimeoutSeconds)
        deadlineSecond = min(before, deadlineSecond)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch (state, unwrapInboundIn(data)) {
        case (.closing, _): break
        case (.awaitingHead, .head(let head)): receive(head)
        case (.receiving, .body(let part)), (.receivingRefused, .body(let part)): receive(part)
        case (.receiving, .end): dispatch()
        case (.receivingRefused(let refusal), .end):
            gate?.framer.messageEnded()
            recordThenRefuse(refusal)
        default:
            // A request that the decoder found behind a chunked body, while its predecessor is
            // being answered: that one gets its answer, and the client repeats the other on a new
            // connection.
            keepsAlive = false
            gate?.framer.stop()
        }
    }

    private func receive(_ head: HTTPRequestHead) {
        guard let gate else { return }
        isHTTP10 = head.version.minor == 0
        isHead = head.method == .HEAD
        addedHeaders = []
        keepsAlive = head.isKeepAlive && !lane.isDraining
        let framing = MessageFramer.BodyFraming(head)
        gate.framer.headParsed(framing)
        if framing != .none { setDeadline(settings.limits.bodyTimeoutSeconds) }
        guard framing.announcedBytes <= settings.limits.maxBodyBytes else {
            return refuse(.bodyTooLarge)
        }
        do throws(Refusal) {
            if head.method == .OPTIONS { throw answerToOptions(head) }
            let verb = try RequestVerb(head.method, isList: gate.framer.isList)
            let request = try RequestHead(
                head, verb: verb, limits: settings.limits,
                requiresRequestHeader: settings.requiresRequestHeader)
            try checkOrigin(request)
            try checkRateLimit(request)
            accept(request, framing)
        } catch {
            refuse(error, at: head, framing)
        }
    }

    private func accept(_ request: RequestHead, _ framing: MessageFramer.BodyFraming) {
        // Another protocol was offered and is not taken up; the decoder would stop at the end of
        // this request.
        if request.fields.wantsUpgrade { keepsAlive = false }
        if framing != .none {
            if request.fields.expectsContinue { writeContinue() }
            body = RequestBody(
                maxBytes: settings.limits.maxBodyBytes, keepsBytes: request.takesBody,
                announcedBytes: framing.announcedBytes)
        }
        head = request
        state = .receiving
    }

    /// A client that waits for "continue", or that speaks of another protocol, gets its refusal at
    /// once.
    private func refuse(
        _ refusal: Refusal, at head: HTTPRequestHead, _ framing: MessageFramer.BodyFraming
    ) {
        if head.method == .CONNECT || head.headers.contains(name: "upgrade")
            || head.headers.contains(name: "expect")
        {
            return recordThenRefuseAtOnce(refusal)
        }
        body = RequestBody(
            maxBytes: settings.limits.maxBodyBytes, keepsBytes: false, announcedBytes: 0)
        state = .receivingRefused(refusal)
    }

    private func receive(_ part: ByteBuffer) {
        do throws(Refusal) {
            try body.append(part)
        } catch {
            refuse(error)
        }
    }

    private func dispatch() {
        gate?.framer.messageEnded()
        guard let head else { return }
        self.head = nil
        state = .answering
        deadlineSecond = .max
        sequence += 1
        let data: [UInt8]
        do throws(Refusal) {
            data = try requestData(head)
        } catch {
            return write(ClientResponse(error))
        }
        let request = head.request(data, on: self)
        inFlight = InFlightNote(
            id: request.id, path: request.path, method: head.method,
            startedNanoseconds: request.receivedNanoseconds)
        settings.handler.handle(request) { [self, sequence] response in
            answer(response, sequence)
        }
    }

    private func requestData(_ head: RequestHead) throws(Refusal) -> [UInt8] {
        guard head.takesBody else { return head.queryData }
        defer { body = .empty }
        return try body.data(
            mediaType: head.fields.mediaType, limits: settings.limits)
    }
}
