// Stands in for the core: remembers what it was asked and answers as the test says.

import Cryptography
import JSON
import Kernel
import Synchronization

final class FakeHandler: RequestHandler {
    typealias Answer = @Sendable (ClientResponse) -> Void

    private struct State {
        var requests: [ClientRequest] = []
        var waiting: [Answer] = []
        var arrival: CheckedContinuation<Answer, Never>?
    }

    private let state = Mutex(State())
    private let respond: (@Sendable (ClientRequest) -> ClientResponse)?

    /// Answers at once.
    init(_ respond: @escaping @Sendable (ClientRequest) -> ClientResponse) {
        self.respond = respond
    }

    /// Keeps each answer until the test gives it.
    static func waiting() -> FakeHandler { FakeHandler(respond: nil) }

    /// Answers each request at once with its path.
    static func echo() -> FakeHandler { FakeHandler { .path($0.path) } }

    private init(respond: (@Sendable (ClientRequest) -> ClientResponse)?) { self.respond = respond }

    func handle(_ request: ClientRequest, then: @escaping Answer) {
        state.withLock { $0.requests.append(request) }
        if let respond {
            then(respond(request))
        } else {
            let arrival = state.withLock { state in
                defer { state.arrival = nil }
                if state.arrival == nil { state.waiting.append(then) }
                return state.arrival
            }
            arrival?.resume(returning: then)
        }
    }

    var requests: [ClientRequest] { state.withLock { $0.requests } }
    /// Takes the oldest unanswered request's answer, as soon as there is one; one test at a time
    /// may wait.
    func arrival() async -> Answer {
        await withCheckedContinuation { continuation in
            let answer: Answer? = state.withLock { state in
                guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
                state.arrival = continuation
                return nil
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }

    /// Takes the oldest unanswered request's answer.
    func nextAnswer() -> Answer? {
        state.withLock { $0.waiting.isEmpty ? nil : $0.waiting.removeFirst() }
    }
}

extension ClientResponse {
    static func path(_ path: String) -> ClientResponse {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("path", path)
        writer.endObject()
        return ClientResponse(status: 200, body: .json(writer.bytes))
    }
}

extension ClientRequest {
    var dataText: String { String(decoding: data, as: UTF8.self) }

    var tokenText: String? { token.map { String(decoding: $0.exposedBytes(), as: UTF8.self) } }
}
