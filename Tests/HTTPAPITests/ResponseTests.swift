import Cryptography
import JSON
import Kernel
import NIOCore
import Testing

@testable import HTTPAPI

@Suite struct ResponseTests {
    static let id = UUID128(high: 0x0123_4567_89ab_4def, low: 0x8123_4567_89ab_cdef)

    @Test("the envelope has Vault's members in Vault's order and data as it came")
    func envelope() throws {
        let envelope = Envelope(
            requestID: Self.id, leaseID: "database/creds/x/1", renewable: true,
            leaseDurationSeconds: 3600, data: Array(#"{"n": 1.0e0}"#.utf8),
            warnings: ["a \"b\""], auth: ["client_token": "t"], mountType: "kv")
        #expect(
            text(.envelope(envelope)) == #"{"request_id":"01234567-89ab-4def-8123-456789abcdef","#
                + #""lease_id":"database/creds/x/1","renewable":true,"lease_duration":3600,"#
                + #""data":{"n": 1.0e0},"wrap_info":null,"warnings":["a \"b\""],"#
                + #""auth":{"client_token":"t"},"mount_type":"kv"}"# + "\n")
    }

    @Test("without data and warnings the envelope says null")
    func emptyEnvelope() {
        #expect(
            text(.envelope(Envelope(requestID: Self.id))).contains(
                #""data":null,"wrap_info":null,"warnings":null,"auth":null,"mount_type":"""#))
    }

    @Test("data repeated at the top level never makes a key appear twice")
    func topLevel() throws {
        let envelope = Envelope(
            requestID: Self.id, data: Array(#"{"secret/": {"a":[1]},"auth":7,"x":null}"#.utf8),
            mountType: "system", dataAtTopLevel: true)
        let answer = text(.envelope(envelope))
        let value = try JSONValue(parsing: answer)
        #expect(value["secret/"] == ["a": [1]])
        #expect(value["x"] == .null)
        #expect(value["auth"] == .null)
        #expect(value["data"]?["auth"] == 7)
        #expect(answer.hasPrefix(#"{"secret/":{"a":[1]},"x":null,"request_id""#))
    }

    @Test("errors are a list, with warnings beside them if there are any")
    func errors() {
        #expect(text(.errors([])) == "{\"errors\":[]}\n")
        #expect(
            text(.errors(["no \n"], warnings: ["w"]))
                == #"{"errors":["no \n"],"warnings":["w"]}"# + "\n")
    }

    @Test("every answer forbids caching, and over TLS tells browsers to stay there")
    func headers() throws {
        let plain = try answer(ClientResponse(status: 200, body: .json(Array("{}".utf8))))
        #expect(plain.header("cache-control") == "no-store")
        #expect(plain.header("content-type") == "application/json")
        #expect(plain.header("content-length") == "2")
        #expect(plain.header("strict-transport-security") == nil)
        let secure = try answer(ClientResponse(status: 200), ResponseFraming(isTLS: true))
        #expect(
            secure.header("strict-transport-security") == "max-age=31536000; includeSubDomains")
    }

    @Test("204 has neither body nor length")
    func noContent() throws {
        let answer = try answer(ClientResponse(status: 204, body: .json(Array("{}".utf8))))
        #expect(answer.status == 204)
        #expect(answer.header("content-length") == nil)
        #expect(answer.body == "")
    }

    @Test("raw bodies carry their own type, and headers such as Retry-After go through")
    func raw() throws {
        let answer = try answer(
            ClientResponse(
                status: 503, body: .raw(contentType: "application/pkix-cert", [1, 2]),
                headers: [("Retry-After", "2"), ("Cache-Control", "max-age=60")]))
        #expect(answer.header("content-type") == "application/pkix-cert")
        #expect(answer.header("retry-after") == "2")
        #expect(answer.headers.filter { $0.name == "cache-control" }.map(\.value) == ["max-age=60"])
        #expect(answer.body.utf8.elementsEqual([1, 2]))
    }

    @Test(
        "a header from a plugin cannot end its line or take over the framing",
        arguments: [
            ("X-A", "1\r\nX-Evil: 1"), ("X-A", "1\nX-Evil: 1"), ("X-A\r\nX-Evil", "1"),
            ("X-A: 1\r\nX-Evil", "1"), ("X-A", "\0X-Evil"), ("Content-Length", "0"),
            ("Transfer-Encoding", "chunked"), ("Connection", "X-Evil"), ("", "X-Evil"),
        ])
    func injection(name: String, value: String) throws {
        let response = ClientResponse(
            status: 200, body: .json(Array("{}".utf8)), headers: [(name, value)])
        let answer = try answer(response)
        #expect(answer.headers.count == 3)
        #expect(answer.header("content-length") == "2")
        let raw = try self.answer(
            ClientResponse(status: 200, body: .raw(contentType: "a\r\nX-Evil: 1", [])))
        #expect(raw.header("x-evil") == nil)
    }

    private func text(_ body: ResponseBody) -> String {
        (try? answer(ClientResponse(status: 200, body: body)).body) ?? ""
    }

    private func answer(
        _ response: ClientResponse, _ framing: ResponseFraming = ResponseFraming()
    ) throws -> Received {
        let bytes = ResponseEncoder.encode(
            response, framing: framing, allocator: ByteBufferAllocator())
        return try Received(String(buffer: bytes))
    }
}
