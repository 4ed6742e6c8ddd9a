import Testing

@testable import HTTPClient

/// What needs no server; the engines that use it are tested with real ones, end to end.
@Suite struct HTTPClientTests {
    private let client = HTTPClient(
        .init(connectMilliseconds: 1_000, totalMilliseconds: 1_000, answerBytes: 1_024))

    private func failure(_ request: HTTPRequest) -> HTTPFailure? {
        do throws(HTTPFailure) {
            _ = try client.send(request)
            return nil
        } catch { return error }
    }

    @Test(
        "a header or an address with a line's end in it is not sent: it would be two",
        arguments: ["a\r\nX-Other: 1", "a\nb", "a\0b", "a\u{7F}"])
    func injection(_ text: String) {
        let url = "http://127.0.0.1:1/"
        #expect(failure(HTTPRequest(.get, url, headers: [("A", text)]))?.code == .other)
        #expect(failure(HTTPRequest(.get, url + text))?.code == .other)
    }

    @Test(
        "nothing but HTTP is spoken, whatever the library could do",
        arguments: ["file:///etc/hostname", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "dict://a"])
    func schemes(_ url: String) {
        #expect(failure(HTTPRequest(.get, url))?.code == .brokenAnswer)
    }

    @Test("certificates that are none are said to be that, and nothing is trusted instead")
    func authorities() {
        let request = HTTPRequest(
            .get, "https://127.0.0.1:1/", authorities: Array("no certificate".utf8))
        let code = failure(request)?.code
        #expect(code == .badAuthorities || code == .notConnected)
    }
}
