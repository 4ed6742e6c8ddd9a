import Testing

@testable import Wire

@Suite("How the limits relate")
struct WireLimitsTests {
    @Test("a frame holds the largest body, the longest path and what goes with them")
    func frameHoldsBody() {
        #expect(WireLimits.maxFramePayloadBytes == WireLimits.maxBodyBytes + (64 << 10))
        #expect(WireLimits.maxFramePayloadBytes <= Int(UInt32.max))
        #expect(WireLimits.maxHandshakePayloadBytes < WireLimits.maxFramePayloadBytes)
        #expect(WireLimits.maxKeyBytes < WireLimits.maxPathBytes)
    }

    @Test("unpacking may use a bounded multiple of any frame, and always enough for values")
    func unpackBudget() {
        for size in [0, 1, 300, 64 << 10, 1 << 20, 8 << 20, WireLimits.maxFramePayloadBytes] {
            let budget = WireLimits.unpackBudgetBytes(payload: size)
            #expect(budget >= size + (64 << 10))
            #expect(budget <= size * 32 + (64 << 10))
        }
        let largest = WireLimits.unpackBudgetBytes(payload: WireLimits.maxFramePayloadBytes)
        #expect(largest <= 192 << 20)
    }
}
