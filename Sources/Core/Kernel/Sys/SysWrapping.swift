// `sys/wrapping`: values wrapped, and what wrapping tokens hold looked up, taken out or moved.

internal import Clock
internal import Cryptography
internal import JSON
internal import Paths

enum SysWrapping {
    private static let token = Field.string(
        "token", "Wrapping token; the request's own token if left out.")

    static let paths = [
        CorePath(
            "wrapping/wrap", [.update: .immediate(wrap), .create: .immediate(wrap)],
            help: "Wrap the values that are sent."),
        CorePath(
            "wrapping/lookup", [.update: .immediate(lookup), .read: .immediate(lookup)],
            fields: [token], help: "Show when and how a wrapping token was made; it stays usable."),
        CorePath(
            "wrapping/unwrap", [.update: .suspending(unwrap)], fields: [token],
            help: "Take out what a wrapping token holds, once."),
        CorePath(
            "wrapping/rewrap", [.update: .suspending(rewrap)], fields: [token],
            help: "Move what a wrapping token holds to a new one."),
    ]

    private static func wrap(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        guard call.request.isWrapped else {
            throw BackendFailure(.invalidRequest, "endpoint requires response wrapping to be used")
        }
        return BackendAnswer(data: call.request.data.isEmpty ? Array("{}".utf8) : call.request.data)
    }

    /// The token of the body, else the one that the request came with.
    private static func secret(_ call: CoreCall) throws(BackendFailure) -> SecretBytes {
        if let text = call.fields.string("token"), !text.isEmpty { return SecretBytes(utf8: text) }
        guard let own = call.request.clientToken, own.count > 0 else {
            throw BackendFailure(.invalidRequest, "missing \"token\" value in input")
        }
        return own
    }

    private static func lookup(_ call: CoreCall) throws(BackendFailure) -> BackendAnswer {
        let entry = try call.state.wrapping.find(
            try secret(call), now: Timestamp.now.seconds
        ).entry
        let data: JSONValue = [
            "creation_path": .string(entry.path),
            "creation_time": .string(Timestamp(seconds: entry.createdAt).rfc3339),
            "creation_ttl": .number(JSONNumber(Int(entry.creationTTLSeconds))),
        ]
        return BackendAnswer(data: data.encoded())
    }

    private static func unwrap(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        var answer = BackendAnswer()
        answer.replay = try await content(call).response
        return answer
    }

    /// A wrapping token that is the request's own had its use counted on the way here.
    private static func content(
        _ call: CoreCall
    ) async throws(BackendFailure) -> WrappedResponse {
        let named = call.fields.string("token") ?? ""
        let caller = try call.requireCaller()
        if named.isEmpty || caller.secret == SecretBytes(utf8: named) {
            guard caller.token.entry.policies == [WrappingStore.policy] else {
                throw WrappingStore.invalid
            }
            return try await caller.home.wrapping.take(caller.token)
        }
        let now = Timestamp.now.seconds
        let token = try call.state.wrapping.find(SecretBytes(utf8: named), now: now)
        return try await call.state.wrapping.unwrap(token, now: now)
    }

    /// The new token lives as long as the old one did at first, and says the same path.
    private static func rewrap(_ call: CoreCall) async throws(BackendFailure) -> BackendAnswer {
        let named = call.fields.string("token") ?? ""
        let now = Timestamp.now.seconds
        let old: TokenEntry
        if named.isEmpty {
            old = try call.requireCaller().token.entry
        } else {
            old = try call.state.wrapping.find(SecretBytes(utf8: named), now: now).entry
        }
        let content = try await content(call)
        let wrapping = call.state.wrapping
        let result: Result<WrapInfo, BackendFailure> = await withCheckedContinuation { waiting in
            wrapping.wrap(content, path: old.path, ttlSeconds: old.creationTTLSeconds, now: now) {
                waiting.resume(returning: $0)
            }
        }
        var answer = BackendAnswer()
        var envelope = Envelope(requestID: call.request.requestID)
        envelope.wrapInfo = try result.get().presentation
        answer.replay = ClientResponse(status: 200, body: .envelope(envelope))
        return answer
    }
}
