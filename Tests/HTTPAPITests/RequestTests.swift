import JSON
import Kernel
import Paths
import Testing

@testable import HTTPAPI

@Suite struct RequestTests {
    struct Mapping: Sendable, CustomTestStringConvertible {
        let method: String
        let target: String
        let operation: Paths.Operation
        let path: String
        let data: String

        init(
            _ method: String, _ target: String, _ operation: Paths.Operation, _ path: String,
            _ data: String = ""
        ) {
            (self.method, self.target, self.operation) = (method, target, operation)
            (self.path, self.data) = (path, data)
        }

        var testDescription: String { "\(method) \(target)" }
    }

    @Test(
        "method and query make the operation, the path and the data",
        arguments: [
            Mapping("GET", "/v1/a/b", .read, "a/b"),
            Mapping("GET", "/v1/a?version=2", .read, "a", #"{"version":"2"}"#),
            Mapping("GET", "/v1/a?k=1&j=x%20y+z&k=2", .read, "a", #"{"k":["1","2"],"j":"x y z"}"#),
            Mapping("GET", "/v1/a?flag", .read, "a", #"{"flag":""}"#),
            Mapping("GET", "/v1/a?list=true", .list, "a/"),
            Mapping("GET", "/v1/a/?list=1&after=x", .list, "a/", #"{"after":"x"}"#),
            Mapping("GET", "/v1/a?list=false", .read, "a"),
            Mapping("LIST", "/v1/a", .list, "a/"),
            Mapping("LIST", "/v1/a/?limit=3", .list, "a/", #"{"limit":"3"}"#),
            Mapping("GET", "/v1/a?help=1", .help, "a"),
            Mapping("POST", "/v1/a?list=true", .update, "a"),
            Mapping("PUT", "/v1/a", .update, "a"),
            Mapping("DELETE", "/v1/a?force=true", .delete, "a", #"{"force":"true"}"#),
            Mapping("GET", "http://other.example/v1/a?x=1", .read, "a", #"{"x":"1"}"#),
        ])
    func mapping(_ mapping: Mapping) throws {
        let wire = try Wire()
        let answer = try wire.exchange(request(mapping.method, mapping.target))
        #expect(answer.status == 200)
        let seen = try #require(wire.handler.requests.first)
        #expect(seen.operation == mapping.operation)
        #expect(seen.path == mapping.path)
        #expect(seen.dataText == mapping.data)
        #expect(seen.lane == 3)
        #expect(seen.remoteAddress == "192.0.2.7")
        #expect(seen.remotePort == 4711)
    }

    @Test(
        "methods that the API does not have answer 405 and name those it has",
        arguments: ["OPTIONS", "TRACE", "LINK", "COPY", "FROBNICATE", "CONNECT"])
    func methodNotAllowed(method: String) throws {
        let wire = try Wire()
        let answer = try wire.exchange(request(method, method == "CONNECT" ? "host:80" : "/v1/a"))
        #expect(answer.status == 405)
        #expect(answer.header("allow")?.contains("PATCH") == true)
        #expect(answer.body == #"{"errors":["method not allowed"]}"# + "\n")
        #expect(wire.handler.requests.isEmpty)
    }

    @Test(
        "the token comes from X-Vault-Token, else from a bearer Authorization, and stays out of the headers"
    )
    func tokens() throws {
        let both = ["X-Vault-Token: hvs.one", "Authorization: Bearer hvs.two"]
        #expect(try read(both).tokenText == "hvs.one")
        #expect(try read(both.reversed()).tokenText == "hvs.one")
        #expect(try read(["authorization: bEARER hvs.two"]).tokenText == "hvs.two")
        #expect(
            try read(["X-Vault-Token: ", "Authorization: Bearer hvs.two"]).tokenText == "hvs.two")
        #expect(try read(["Authorization: Bearer "]).token == nil)
        #expect(try read([]).token == nil)
        for (name, value) in try read(both).headers {
            #expect(!value.contains("hvs."), "\(name) carries a token")
        }
        let other = try read(["Authorization: Negotiate YII="])
        #expect(other.token == nil)
        #expect(
            other.headers.contains { $0.name == "authorization" && $0.value == "Negotiate YII=" })
    }

    @Test(
        "a header that decides something is given once",
        arguments: [
            "X-Vault-Token: a", "Authorization: Bearer a", "X-Vault-Namespace: a",
            "X-Vault-Wrap-TTL: 1", "Host: a", "Content-Type: text/plain",
        ])
    func repeated(header: String) throws {
        let wire = try Wire()
        let answer = try wire.exchange(request("GET", "/v1/a", [header, header]))
        #expect(answer.status == 400)
        #expect(wire.handler.requests.isEmpty)
    }

    @Test(
        "the namespace loses the slashes at its ends, and root is the empty one",
        arguments: [
            ("", ""), ("/", ""), ("root", ""), ("/root/", ""), ("team-a", "team-a"),
            ("/team-a/sub/", "team-a/sub"),
        ])
    func namespace(header: String, expected: String) throws {
        #expect(try read(["X-Vault-Namespace: \(header)"]).namespace == expected)
    }

    @Test(
        "a namespace is held to the rules of paths",
        arguments: ["a//b", "../a", "a/./b", "e\u{301}"])
    func badNamespace(name: String) throws {
        let answer = try Wire().exchange(request("GET", "/v1/a", ["X-Vault-Namespace: \(name)"]))
        #expect(answer.status == 400)
    }

    @Test(
        "a wrapping time is seconds or a duration",
        arguments: [
            ("60", 60), ("5m", 300), ("1h30m", 5400), ("2d", 172_800), ("0", nil), ("", nil),
            ("0s", nil), ("500ms", 1),
        ] as [(String, UInt64?)])
    func wrapTTL(header: String, seconds: UInt64?) throws {
        #expect(try read(["X-Vault-Wrap-TTL: \(header)"]).wrapTTLSeconds == seconds)
    }

    @Test(
        "a wrapping time that cannot be read never means unwrapped",
        arguments: ["-5", "five", "5 m", "99999999999999999999", "1h-5m", "m"])
    func badWrapTTL(header: String) throws {
        let wire = try Wire()
        let answer = try wire.exchange(request("GET", "/v1/a", ["X-Vault-Wrap-TTL: \(header)"]))
        #expect(answer.status == 400)
        #expect(wire.handler.requests.isEmpty)
    }

    @Test("a listener may insist on X-Vault-Request")
    func requestHeader() throws {
        let wire = try Wire(requiresRequestHeader: true)
        #expect(try wire.exchange(request("GET", "/v1/a")).status == 412)
        #expect(
            try wire.exchange(request("GET", "/v1/a", ["X-Vault-Request: false"])).status == 412)
        #expect(try wire.exchange(request("GET", "/v1/a", ["X-Vault-Request: true"])).status == 200)
        #expect(wire.handler.requests.count == 1)
    }

    @Test("HTTP/1.1 without Host is refused, HTTP/1.0 is not")
    func host() throws {
        #expect(try Wire().exchange("GET /v1/a HTTP/1.1\r\n\r\n").status == 400)
        #expect(try Wire().exchange("GET /v1/a HTTP/1.0\r\n\r\n").status == 200)
    }

    @Test("PATCH needs the merge-patch type and says what it got instead")
    func patch() throws {
        let wire = try Wire()
        for type in ["application/merge-patch+json", "Application/Merge-Patch+JSON; charset=utf-8"]
        {
            let answer = try wire.exchange(
                request("PATCH", "/v1/a", ["Content-Type: \(type)"], body: #"{"a":null}"#))
            #expect(answer.status == 200)
        }
        #expect(wire.handler.requests.map(\.operation) == [.patch, .patch])
        #expect(wire.handler.requests.first?.dataText == #"{"a":null}"#)
        let refused = try wire.exchange(
            request("PATCH", "/v1/a", ["Content-Type: application/json"], body: "{}"))
        #expect(refused.status == 415)
        #expect(
            refused.body.contains(
                "PATCH requires Content-Type of application/merge-patch+json, provided application/json"
            ))
    }

    @Test("other headers arrive with names in lower case, X-Forwarded-For without any effect")
    func otherHeaders() throws {
        let seen = try read(["X-Custom: Some Value", "X-Forwarded-For: 10.9.8.7"])
        #expect(seen.headers.contains { $0 == ("x-custom", "Some Value") })
        #expect(seen.remoteAddress == "192.0.2.7")
    }

    private func read(_ headers: [String]) throws -> ClientRequest {
        let wire = try Wire()
        let answer = try wire.exchange(request("GET", "/v1/a", headers))
        #expect(answer.status == 200)
        return try #require(wire.handler.requests.first)
    }
}
