// Headers that a listener's configuration adds to answers.

import Kernel
import NIOCore
import Testing

@testable import HTTPAPI

@Suite struct CustomHeaderTests {
    private func headers(_ all: [String: [(String, String)]]) throws -> CustomHeaders {
        var scopes: [CustomHeaders.Scope: [CustomHeaders.Header]] = [:]
        for (text, list) in all {
            let scope = try #require(CustomHeaders.Scope(text))
            scopes[scope] = list.map { CustomHeaders.Header(name: $0.0, value: $0.1) }
        }
        return CustomHeaders(scopes)
    }

    private func answer(
        _ status: Int, _ custom: CustomHeaders, _ own: [(name: String, value: String)] = [],
        isTLS: Bool = false
    ) throws -> Received {
        let framing = ResponseFraming(isTLS: isTLS, custom: custom.lines(for: status))
        let bytes = ResponseEncoder.encode(
            ClientResponse(status: status, headers: own), framing: framing,
            allocator: ByteBufferAllocator())
        return try Received(String(buffer: bytes))
    }

    @Test(
        "the headers for a status go before those for its hundred, and these before the default's")
    func precedence() throws {
        let custom = try headers([
            "default": [("X-A", "all"), ("X-B", "all"), ("X-C", "all")],
            "4xx": [("x-b", "4xx"), ("X-C", "4xx"), ("X-D", "4xx")],
            "404": [("X-C", "404")],
        ])
        func values(_ status: Int) throws -> [String?] {
            let answer = try answer(status, custom)
            return ["x-a", "x-b", "x-c", "x-d"].map { answer.header($0) }
        }
        #expect(try values(200) == ["all", "all", "all", nil])
        #expect(try values(403) == ["all", "4xx", "4xx", "4xx"])
        #expect(try values(404) == ["all", "4xx", "404", "4xx"])
        #expect(try answer(404, custom).headers.filter { $0.name == "x-c" }.count == 1)
    }

    @Test("they replace what an engine sets, and the server's word to browsers about TLS")
    func replacing() throws {
        let custom = try headers([
            "default": [("Link", "</a>"), ("Strict-Transport-Security", "max-age=5")]
        ])
        let answer = try answer(200, custom, [("link", "</b>"), ("etag", "x")], isTLS: true)
        #expect(answer.headers.filter { $0.name == "link" }.map(\.value) == ["</a>"])
        #expect(answer.header("etag") == "x")
        #expect(
            answer.headers.filter { $0.name == "strict-transport-security" }.map(\.value)
                == ["max-age=5"])
        #expect(answer.header("cache-control") == "no-store")
    }

    @Test("every answer of a connection has them, also one that refuses what is no request")
    func connection() throws {
        let custom = try headers(["default": [("X-A", "1")], "400": [("X-B", "2")]])
        let good = try Wire(adding: custom).exchange(
            "GET /v1/sys/health HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(good.header("x-a") == "1")
        #expect(good.header("x-b") == nil)
        let bad = try Wire(adding: custom).exchange("GET /v1/a/../b HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(bad.status == 400)
        #expect(bad.header("x-a") == "1")
        #expect(bad.header("x-b") == "2")
    }

    @Test(
        "what the server says itself cannot be configured",
        arguments: [
            "X-Vault-Token", "x-vault-anything", "Cache-Control", "Content-Type", "Connection",
            "Content-Length", "transfer-encoding", "Location", "Retry-After", "Vary",
            "Access-Control-Allow-Origin", "", "a b", "X:", "X-É", "X-A\r\nX-B",
        ])
    func refused(name: String) { #expect(CustomHeaders.refusal(ofName: name) != nil) }

    @Test("statuses are three digits, a digit and xx, or default")
    func scopes() {
        for good in ["default", "1xx", "5xx", "100", "404", "599"] {
            #expect(CustomHeaders.Scope(good) != nil)
        }
        for bad in ["", "xxx", "0xx", "6xx", "2XX", "99", "600", "20x", "+20", "２xx", "Default"] {
            #expect(CustomHeaders.Scope(bad) == nil, Comment(rawValue: bad))
        }
    }
}
