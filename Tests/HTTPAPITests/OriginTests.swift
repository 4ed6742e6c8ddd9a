import Kernel
import Synchronization
import Testing

@testable import HTTPAPI

/// Knows one origin, and counts how often it is asked.
private final class OriginHandler: RequestHandler {
    let isOn: Bool
    let isLimited: Bool
    let asked = Mutex<[String]>([])
    let handled = Mutex<[ClientRequest]>([])
    let recorded = Mutex<[ClientRequest]>([])

    init(isOn: Bool = true, isLimited: Bool = false) {
        self.isOn = isOn
        self.isLimited = isLimited
    }

    func checkOrigin(_ origin: String) -> CrossOriginVerdict {
        asked.withLock { $0.append(origin) }
        guard isOn else { return .off }
        return origin == "https://good.example" ? .allowed(headers: "X-Vault-Token, X-A") : .refused
    }

    func checkRateLimit(
        path: String, namespace: String, remoteAddress: String
    ) -> RateLimitVerdict {
        isLimited
            ? .refused(message: "too many", headers: [("Retry-After", "7")], isAudited: false)
            : .allowed([("X-Ratelimit-Limit", "3")])
    }

    func recordRefusal(
        of request: ClientRequest, message: String, then: @escaping @Sendable () -> Void
    ) {
        recorded.withLock { $0.append(request) }
        then()
    }

    func handle(_ request: ClientRequest, then: @escaping @Sendable (ClientResponse) -> Void) {
        handled.withLock { $0.append(request) }
        then(ClientResponse(status: 204))
    }
}

@Suite struct OriginTests {
    private static let good = "Origin: https://good.example"
    private static let evil = "Origin: https://evil.example"

    @Test("without an origin nobody is asked, and no answer speaks of origins")
    func none() throws {
        let handler = OriginHandler()
        let wire = try Wire(serving: handler)
        for header in [[], ["Origin: "]] {
            let answer = try wire.exchange(request("GET", "/v1/a", header))
            #expect(answer.status == 204)
            #expect(answer.header("access-control-allow-origin") == nil)
        }
        #expect(handler.asked.withLock { $0.isEmpty })
        #expect(try wire.exchange(request("OPTIONS", "/v1/a")).status == 405)
    }

    @Test("an allowed origin's answer names it, beside a rate limit's headers and only once")
    func allowed() throws {
        let wire = try Wire(serving: OriginHandler())
        let answer = try wire.exchange(request("GET", "/v1/a", [Self.good]))
        #expect(answer.status == 204)
        #expect(answer.header("access-control-allow-origin") == "https://good.example")
        #expect(answer.header("vary") == "Origin")
        #expect(answer.header("x-ratelimit-limit") == "3")
        let next = try wire.exchange(request("GET", "/v1/a"))
        #expect(next.header("access-control-allow-origin") == nil)
        #expect(next.header("vary") == nil)
    }

    @Test(
        "another origin's request reaches nothing, whatever its method and body",
        arguments: ["GET", "POST", "OPTIONS"])
    func refused(method: String) throws {
        let handler = OriginHandler(isLimited: true)
        let wire = try Wire(serving: handler)
        for _ in 0..<2 {
            let answer = try wire.exchange(
                request(
                    method, "/v1/a", [Self.evil, "Access-Control-Request-Method: GET"],
                    body: method == "POST" ? "no { JSON" : nil))
            #expect(answer.status == 403)
            #expect(answer.body == "{\"errors\":[\"origin not allowed\"]}\n")
            #expect(answer.header("access-control-allow-origin") == nil)
        }
        #expect(handler.handled.withLock { $0.isEmpty })
        #expect(wire.isOpen)
    }

    @Test("a request that is refused for its origin is recorded without its body")
    func audited() throws {
        let handler = OriginHandler()
        let wire = try Wire(serving: handler)
        let answer = try wire.exchange(
            request("POST", "/v1/a/b", [Self.evil], body: "{\"secret\": \"x\"}"))
        #expect(answer.status == 403)
        let recorded = handler.recorded.withLock { $0 }
        #expect(recorded.map(\.path) == ["a/b"])
        #expect(recorded.first?.data.isEmpty == true)
        #expect(try wire.exchange(request("GET", "/v1/c", [Self.good])).status == 204)
        #expect(handler.recorded.withLock { $0.count } == 1)
    }

    @Test("a preflight is answered without the core, and the connection goes on")
    func preflight() throws {
        let handler = OriginHandler(isLimited: true)
        let wire = try Wire(requiresRequestHeader: true, serving: handler)
        for method in ["LIST", "PATCH"] {
            let answer = try wire.exchange(
                request(
                    "OPTIONS", "/v1/a", [Self.good, "Access-Control-Request-Method: \(method)"]))
            #expect(answer.status == 204)
            #expect(answer.body.isEmpty)
            #expect(answer.header("access-control-allow-origin") == "https://good.example")
            #expect(answer.header("access-control-allow-headers") == "X-Vault-Token, X-A")
            #expect(answer.header("access-control-allow-methods")?.contains(method) == true)
            #expect(answer.header("access-control-max-age") == "300")
            #expect(answer.header("access-control-allow-credentials") == nil)
        }
        #expect(handler.handled.withLock { $0.isEmpty })
        #expect(wire.isOpen)
    }

    @Test("OPTIONS that asks for no method, or for one that the API does not have, gets 405")
    func noMethod() throws {
        let wire = try Wire(serving: OriginHandler())
        for header in [[], ["Access-Control-Request-Method: TRACE"]] {
            let answer = try wire.exchange(request("OPTIONS", "/v1/a", [Self.good] + header))
            #expect(answer.status == 405)
        }
    }

    @Test("two origins are one too many: nobody could say which of them was checked")
    func two() throws {
        let handler = OriginHandler()
        let wire = try Wire(serving: handler)
        let get = try wire.exchange(request("GET", "/v1/a", [Self.good, Self.evil]))
        #expect(get.status == 400)
        let options = try wire.exchange(
            request(
                "OPTIONS", "/v1/a", [Self.good, Self.evil, "Access-Control-Request-Method: GET"]))
        #expect(options.status == 405)
        #expect(handler.handled.withLock { $0.isEmpty })
    }

    @Test("a page sees why its request was refused")
    func refusalIsReadable() throws {
        let wire = try Wire(serving: OriginHandler(isLimited: true))
        let answer = try wire.exchange(request("GET", "/v1/a", [Self.good]))
        #expect(answer.status == 429)
        #expect(answer.header("retry-after") == "7")
        #expect(answer.header("access-control-allow-origin") == "https://good.example")
    }

    @Test("while CORS is off an origin means nothing")
    func off() throws {
        let handler = OriginHandler(isOn: false)
        let wire = try Wire(serving: handler)
        let answer = try wire.exchange(request("GET", "/v1/a", [Self.evil]))
        #expect(answer.status == 204)
        #expect(answer.header("access-control-allow-origin") == nil)
        let options = try wire.exchange(
            request("OPTIONS", "/v1/a", [Self.good, "Access-Control-Request-Method: GET"]))
        #expect(options.status == 405)
        let passed = handler.handled.withLock { $0.first?.headers }
        #expect(passed?.contains { $0.name == "origin" } == true)
    }
}
