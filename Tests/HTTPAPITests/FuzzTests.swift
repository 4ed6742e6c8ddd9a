import Kernel
import NIOCore
import Testing

@testable import HTTPAPI

@Suite struct FuzzTests {
    @Test("requests broken at random never trap, and every answer is an answer", arguments: 1...4)
    func broken(seed: UInt64) throws {
        var random = SplitMix(state: seed)
        let whole = Array(
            (request(
                "POST", "/v1/a/b?x=%41", ["X-Vault-Token: t", "X-Vault-Wrap-TTL: 5m"],
                body: #"{"a":"\u00e9"}"#)
                + "POST /v1/c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
                + request("LIST", "/v1/caf%C3%A9") + request("GET", "/v1/d")).utf8)
        for _ in 0..<500 {
            var bytes = whole
            for _ in 0...Int.random(in: 0..<4, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: place)
                default:
                    bytes.insert(bytes[Int.random(in: 0..<bytes.count, using: &random)], at: place)
                }
            }
            let wire = try Wire()
            let cut = Int.random(in: 0...bytes.count, using: &random)
            // The decoder's verdict also comes as an error of the channel, which the connection has
            // handled.
            try wire.send(Array(bytes[..<cut]))
            try wire.send(Array(bytes[cut...]))
            let text = try wire.received()
            for request in wire.handler.requests {
                #expect(!request.path.utf8.contains { $0 < 0x20 || $0 == 0x7F })
                #expect(request.data.isEmpty || request.data.contains(UInt8(ascii: "{")))
            }
            #expect(text.isEmpty || text.hasPrefix("HTTP/1.1 "))
            wire.pass(seconds: 400)
            #expect(!wire.isOpen, "nothing holds a connection for ever")
        }
    }
}

/// A small generator with a seed, so that a failure can be repeated.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
