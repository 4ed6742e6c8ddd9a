import Kernel
import Testing

@testable import HTTPAPI

@Suite struct RequestBodyTests {
    @Test(
        "a JSON object arrives byte for byte, whatever the content type says",
        arguments: [
            "application/json", "application/x-www-form-urlencoded", "text/plain",
            "multipart/form-data",
        ])
    func object(type: String) throws {
        let body = #" {"n":1.50e+2,"s":"\u00e9", "o":{"b":[1,2]}}"#
        let wire = try Wire()
        #expect(
            try wire.exchange(request("POST", "/v1/a", ["Content-Type: \(type)"], body: body))
                .status == 200)
        #expect(wire.handler.requests.first?.dataText == body)
    }

    @Test("a body of nothing, of blanks or of null is no data", arguments: ["", " \r\n\t", "null"])
    func nothing(body: String) throws {
        let wire = try Wire()
        #expect(try wire.exchange(request("POST", "/v1/a", body: body)).status == 200)
        #expect(wire.handler.requests.first?.dataText == "")
    }

    @Test("a question about a certificate's status arrives in base64, whatever its bytes are")
    func binary() throws {
        let wire = try Wire()
        let type = "Content-Type: application/ocsp-request"
        #expect(try wire.exchange(request("POST", "/v1/a", [type], body: "{\u{1}")).status == 200)
        #expect(wire.handler.requests.first?.dataText == #"{"body":"ewE="}"#)
    }

    @Test("a form is read as one only if its type says so")
    func form() throws {
        let wire = try Wire()
        let type = "Content-Type: application/x-www-form-urlencoded; charset=utf-8"
        #expect(
            try wire.exchange(request("POST", "/v1/a", [type], body: "a=1&b=x+y&a=%32")).status
                == 200)
        #expect(wire.handler.requests.first?.dataText == #"{"a":["1","2"],"b":"x y"}"#)
        #expect(try wire.exchange(request("POST", "/v1/a", body: "a=1")).status == 400)
    }

    @Test(
        "what is not one JSON object is refused with its place and without its content",
        arguments: [
            "{", "[1]", "\"hunter2\"", "12", "{\"hunter2\":}", "{}{}", "{\"a\":1,\"a\":2}",
            "{\"a\":1,\"\\u0061\":2}", "{'hunter2':1}", "{\"a\":\"\\ud800\"}", "nullnull",
        ])
    func refused(body: String) throws {
        let wire = try Wire()
        let answer = try wire.exchange(request("POST", "/v1/a", body: body))
        #expect(answer.status == 400)
        #expect(answer.body.hasPrefix(#"{"errors":["failed to parse JSON input: "#))
        #expect(!answer.body.contains("hunter2"))
        #expect(wire.handler.requests.isEmpty)
        #expect(
            try wire.exchange(request("GET", "/v1/b")).status == 200, "the connection stays usable")
    }

    @Test("invalid UTF-8 is refused")
    func invalidUTF8() throws {
        let wire = try Wire()
        try wire.send(
            Array("POST /v1/a HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{\"a\":\"".utf8)
                + [0xC3, 0x22, 0x7D])
        #expect(try Received(wire.received()).status == 400)
    }

    @Test("JSON deeper than 128 levels and containers of more than 10 000 members are refused")
    func limits() throws {
        func deep(_ levels: Int) -> String {
            String(repeating: #"{"a":"#, count: levels) + "1"
                + String(repeating: "}", count: levels)
        }
        func wide(_ count: Int) -> String {
            #"{"a":["# + Array(repeating: "1", count: count).joined(separator: ",") + "]}"
        }
        let wire = try Wire()
        #expect(try wire.exchange(request("POST", "/v1/a", body: deep(128))).status == 200)
        #expect(try wire.exchange(request("POST", "/v1/a", body: deep(129))).status == 400)
        #expect(try wire.exchange(request("POST", "/v1/a", body: deep(100_000))).status == 400)
        #expect(try wire.exchange(request("POST", "/v1/a", body: wide(10_000))).status == 200)
        #expect(try wire.exchange(request("POST", "/v1/a", body: wide(10_001))).status == 400)
    }

    @Test(
        "the body of a read, a list or a delete is dropped", arguments: ["GET", "LIST", "DELETE"])
    func dropped(method: String) throws {
        let wire = try Wire()
        #expect(try wire.exchange(request(method, "/v1/a", body: "not JSON")).status == 200)
        #expect(wire.handler.requests.first?.dataText == "")
        #expect(try wire.exchange(request("GET", "/v1/b")).body == #"{"path":"b"}"#)
    }

    @Test("an announced length over the limit is refused before a byte of the body comes")
    func announcedTooLarge() throws {
        var limits = HTTPLimits()
        limits.maxBodyBytes = 10
        let wire = try Wire(limits: limits)
        let answer = try wire.exchange(
            "POST /v1/a HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n")
        #expect(answer.status == 413)
        #expect(answer.body == #"{"errors":["request body too large"]}"# + "\n")
        #expect(answer.header("connection") == "close")
        #expect(
            try Wire(limits: limits).exchange(request("POST", "/v1/a", body: #"{"a":1234}"#)).status
                == 200)
    }

    @Test("a length that fits into no number is too large", arguments: ["9223372036854775807"])
    func absurdLength(length: String) throws {
        let answer = try Wire().exchange(
            "POST /v1/a HTTP/1.1\r\nHost: a\r\nContent-Length: \(length)\r\n\r\n")
        #expect(answer.status == 413)
    }

    @Test("a chunked body is refused as soon as it is over the limit, also where nobody reads it")
    func chunkedTooLarge() throws {
        var limits = HTTPLimits()
        limits.maxBodyBytes = 10
        for (method, path) in [("POST", "/v1/a"), ("GET", "/v1/a"), ("POST", "/nowhere")] {
            let wire = try Wire(limits: limits)
            try wire.send(
                "\(method) \(path) HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
            try wire.send("6\r\n{\"a\":1\r\n")
            #expect(try wire.received() == "")
            try wire.send("5\r\n     \r\n")
            #expect(try Received(wire.received()).status == 413)
            #expect(wire.handler.requests.isEmpty)
        }
    }

    @Test("a chunked body within the limit arrives whole")
    func chunked() throws {
        let wire = try Wire()
        let answer = try wire.exchange(
            "PUT /v1/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "3\r\n{\"a\r\n4;x=y\r\n\":1}\r\n0\r\nTrailer: x\r\n\r\n")
        #expect(answer.status == 200)
        #expect(wire.handler.requests.first?.dataText == #"{"a":1}"#)
    }

    @Test(
        "100 Continue is sent when the head is acceptable, and the refusal at once when it is not")
    func expectContinue() throws {
        let wire = try Wire()
        let expect = "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n"
        try wire.send("POST /v1/a HTTP/1.1\r\nHost: a\r\n" + expect)
        #expect(try wire.received() == "HTTP/1.1 100 Continue\r\n\r\n")
        try wire.send("{}")
        #expect(try Received(wire.received()).status == 200)
        let refused = try wire.exchange("POST /v1/../a HTTP/1.1\r\nHost: a\r\n" + expect)
        #expect(refused.status == 400)
        #expect(refused.header("connection") == "close")
    }
}
