import Kernel
import Synchronization
import Testing

@testable import HTTPAPI

/// Refuses or marks everything, and remembers what it was asked and given.
private final class LimitingHandler: RequestHandler {
    let verdict: RateLimitVerdict
    let handled = Mutex<[String]>([])
    let recorded = Mutex<[ClientRequest]>([])

    init(_ verdict: RateLimitVerdict) { self.verdict = verdict }

    func checkRateLimit(
        path: String, namespace: String, remoteAddress: String
    ) -> RateLimitVerdict { verdict }

    func recordRefusal(
        of request: ClientRequest, message: String, then: @escaping @Sendable () -> Void
    ) {
        recorded.withLock { $0.append(request) }
        then()
    }

    func handle(_ request: ClientRequest, then: @escaping @Sendable (ClientResponse) -> Void) {
        handled.withLock { $0.append(request.path) }
        then(ClientResponse(status: 204))
    }
}

@Suite struct RateLimitTests {
    private static func refusal(isAudited: Bool) -> RateLimitVerdict {
        .refused(message: "too many", headers: [("Retry-After", "7")], isAudited: isAudited)
    }

    @Test("a limited request is refused whatever its body is, and the connection stays usable")
    func beforeJSON() throws {
        let handler = LimitingHandler(Self.refusal(isAudited: false))
        let wire = try Wire(serving: handler)
        for _ in 0..<2 {
            let answer = try wire.exchange(request("POST", "/v1/a", body: "this is { no JSON"))
            #expect(answer.status == 429)
            #expect(answer.header("retry-after") == "7")
            #expect(answer.body == "{\"errors\":[\"too many\"]}\n")
        }
        #expect(handler.handled.withLock { $0.isEmpty })
        #expect(handler.recorded.withLock { $0.isEmpty })
        #expect(wire.isOpen)
    }

    @Test("an audited refusal is recorded without its body before it is answered")
    func audited() throws {
        let handler = LimitingHandler(Self.refusal(isAudited: true))
        let wire = try Wire(serving: handler)
        let answer = try wire.exchange(request("POST", "/v1/a/b", body: "{\"secret\": \"x\"}"))
        #expect(answer.status == 429)
        let recorded = handler.recorded.withLock { $0 }
        #expect(recorded.map(\.path) == ["a/b"])
        #expect(recorded.first?.data.isEmpty == true)
        #expect(try wire.exchange(request("GET", "/v1/c")).status == 429)
    }

    @Test("a client that waits for \"continue\" is refused at once, and that is recorded too")
    func expectContinue() throws {
        let handler = LimitingHandler(Self.refusal(isAudited: true))
        let wire = try Wire(serving: handler)
        let answer = try wire.exchange(
            "POST /v1/a/b HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                + "Content-Length: 2\r\n\r\n")
        #expect(answer.status == 429)
        #expect(answer.header("retry-after") == "7")
        #expect(answer.header("connection") == "close")
        #expect(handler.recorded.withLock { $0.map(\.path) } == ["a/b"])
        // What it sends all the same is no request, whatever it looks like.
        try wire.send("{}GET /v1/c HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(handler.recorded.withLock { $0.count } == 1)
        #expect(handler.handled.withLock { $0.isEmpty })
    }

    @Test("an allowed request's answer carries the limit's headers, and only its own")
    func allowed() throws {
        let handler = LimitingHandler(.allowed([("X-Ratelimit-Remaining", "3")]))
        let wire = try Wire(serving: handler)
        let answer = try wire.exchange(request("GET", "/v1/a"))
        #expect(answer.status == 204)
        #expect(answer.headers.filter { $0.name == "x-ratelimit-remaining" }.count == 1)
        let next = try wire.exchange(request("GET", "/v1/a"))
        #expect(next.headers.filter { $0.name == "x-ratelimit-remaining" }.count == 1)
    }
}
