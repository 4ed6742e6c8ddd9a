import Kernel
import NIOCore
import NIOEmbedded
import Testing

@testable import HTTPAPI

@Suite struct DeadlineTests {
    let limits = HTTPLimits()

    @Test("a client that connects and says nothing is cut off")
    func silent() throws {
        let wire = try Wire()
        wire.pass(seconds: Int64(limits.headTimeoutSeconds) - 1)
        #expect(wire.isOpen)
        wire.pass(seconds: 3)
        #expect(!wire.isOpen)
        #expect(try wire.received() == "")
    }

    @Test("a head that drips in is refused when its time is over, however steadily it drips")
    func drippingHead() throws {
        let wire = try Wire()
        try wire.send("GET /v1/a HTTP/1.1\r\n")
        for _ in 0..<(limits.headTimeoutSeconds + 3) where wire.isOpen {
            try wire.send("X: y\r\n")
            wire.pass(seconds: 1)
        }
        #expect(try Received(wire.received()).status == 408)
    }

    @Test("blank lines do not hold a connection")
    func blankLines() throws {
        let wire = try Wire()
        for _ in 0..<(limits.headTimeoutSeconds + 3) where wire.isOpen {
            try wire.send("\r\n")
            wire.pass(seconds: 1)
        }
        #expect(!wire.isOpen)
    }

    @Test(
        "the start of a next request behind an answered one has the time of a head, not of an idle connection"
    )
    func partialSecondHead() throws {
        let wire = try Wire()
        try wire.send(request("GET", "/v1/a") + "GET /v1/b")
        _ = try wire.received()
        wire.pass(seconds: Int64(limits.headTimeoutSeconds) + 3)
        #expect(try Received(wire.received()).status == 408)
    }

    @Test("a body that drips in is refused when its time is over")
    func drippingBody() throws {
        let wire = try Wire()
        try wire.send("POST /v1/a HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n{")
        wire.pass(seconds: Int64(limits.bodyTimeoutSeconds) - 2)
        try wire.send(" ")
        #expect(try wire.received() == "")
        wire.pass(seconds: 4)
        #expect(try Received(wire.received()).status == 408)
    }

    @Test("between requests a connection may idle, but not for ever")
    func idle() throws {
        let wire = try Wire()
        _ = try wire.exchange(request("GET", "/v1/a"))
        wire.pass(seconds: Int64(limits.idleTimeoutSeconds) - 1)
        #expect(wire.isOpen)
        #expect(try wire.exchange(request("GET", "/v1/a")).status == 200)
        wire.pass(seconds: Int64(limits.idleTimeoutSeconds) + 2)
        #expect(!wire.isOpen)
    }

    @Test("a request that the core still works on has no deadline here")
    func inFlight() throws {
        let wire = try Wire(.waiting())
        try wire.send(request("GET", "/v1/a"))
        wire.pass(seconds: 3600)
        #expect(wire.isOpen)
        wire.handler.nextAnswer()?(.path("a"))
        #expect(try Received(wire.received()).status == 200)
    }

    @Test("a client that takes nothing of its answer is cut off")
    func stalled() throws {
        let wire = try Wire()
        wire.channel.isWritable = false
        try wire.send(request("GET", "/v1/a"))
        wire.pass(seconds: Int64(limits.writeStallTimeoutSeconds) + 2)
        #expect(!wire.isOpen)
    }

    @Test("the clock stops with the last connection")
    func clockStops() throws {
        let wire = try Wire()
        wire.pass(seconds: 3)
        let ticks = wire.lane.nowSeconds
        #expect(ticks == 3)
        try wire.channel.close().wait()
        wire.pass(seconds: 10)
        #expect(wire.lane.nowSeconds == ticks)
    }

    @Test("the limits fit each other")
    func relations() {
        #expect(limits.maxTargetBytes < limits.maxHeadBytes)
        #expect(limits.maxHeadBytes < limits.maxBodyBytes)
        #expect(limits.headTimeoutSeconds < limits.bodyTimeoutSeconds)
        #expect(limits.bodyTimeoutSeconds < limits.idleTimeoutSeconds)
        #expect(limits.maxBodyBytes == 32 << 20)
        #expect(limits.maxHeadBytes == 64 << 10)
    }
}
