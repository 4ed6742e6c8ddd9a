// When a request counts as recorded, with devices that work, fail and hang.

import Clock
import Cryptography
import JSON
import Metrics
import Synchronization
import Testing

@testable import Audit

@Suite struct BrokerTests {
    private func later(_ milliseconds: UInt64) -> UInt64 {
        MonotonicClock.nowNanoseconds + milliseconds * 1_000_000
    }

    @Test("a request is recorded when its line is written, not before")
    func waits() {
        let bench = Bench()
        let (device, sink) = bench.device("file/")
        bench.record()
        #expect(bench.answers.all.isEmpty)
        bench.work(device)
        #expect(bench.answers.all == [nil])
        #expect(sink.lines.count == 1)
    }

    @Test("the lines of one tick are one write, and all who wait are told together")
    func batches() {
        let bench = Bench()
        let (device, sink) = bench.device("file/")
        bench.record(20)
        bench.work(device)
        #expect(bench.answers.all == Array(repeating: nil, count: 20))
        #expect(sink.state.withLock { $0.written.count } == 1)
        #expect(sink.lines.count == 20)
    }

    @Test("the first device to write decides; the other writes in its own time")
    func firstCounts() {
        let bench = Bench()
        let (fast, _) = bench.device("fast/")
        let (slow, slowSink) = bench.device("slow/")
        bench.record()
        bench.work(fast)
        #expect(bench.answers.all == [nil])
        bench.work(slow)
        #expect(bench.answers.all == [nil] && slowSink.lines.count == 1)
    }

    @Test("a failing device harms nobody while another works; if all fail, the request does")
    func failing() {
        let bench = Bench()
        let (one, oneSink) = bench.device("one/")
        let (two, twoSink) = bench.device("two/")
        oneSink.fail(.cannotWrite)
        bench.record()
        bench.work(one)
        #expect(bench.answers.all.isEmpty)
        bench.work(two)
        #expect(bench.answers.all == [nil])
        twoSink.fail(.cannotWrite)
        bench.record()
        bench.work(one)
        bench.work(two)
        #expect(bench.answers.all.last??.code == .notRecorded)
        #expect(bench.broker.requestFailures.value == 1)
        // What failed at once is tried again with the next line.
        oneSink.fail(nil)
        bench.record()
        bench.work(one)
        #expect(bench.answers.all.count == 3 && bench.answers.all.last == .some(nil))
    }

    @Test("a device that hangs is given up at its deadline, and its requests fail")
    func hanging() {
        let bench = Bench()
        let (_, _) = bench.device("hung/")
        bench.record(3)
        bench.broker.checkDeadlines(now: later(AuditLimits.deviceDeadlineMilliseconds - 500))
        bench.loop.run()
        #expect(bench.answers.all.isEmpty)
        bench.broker.checkDeadlines(now: later(AuditLimits.deviceDeadlineMilliseconds + 1))
        bench.loop.run()
        #expect(bench.answers.all.map { $0?.code } == [.notRecorded, .notRecorded, .notRecorded])
    }

    @Test("while it is down nothing waits for it, and requests fail at once")
    func down() {
        let bench = Bench()
        let (device, sink) = bench.device("hung/")
        bench.record()
        bench.broker.checkDeadlines(now: later(AuditLimits.deviceDeadlineMilliseconds + 1))
        bench.record()
        #expect(bench.answers.all.map { $0?.code } == [.notRecorded, .notRecorded])
        bench.work(device)
        #expect(sink.lines.isEmpty)
    }

    @Test("a hung device delays nobody while another is healthy, and makes no lines wait")
    func hungBesideHealthy() {
        let bench = Bench()
        let (hung, _) = bench.device("hung/")
        let (healthy, sink) = bench.device("healthy/")
        bench.record()
        bench.work(healthy)
        bench.broker.checkDeadlines(now: later(AuditLimits.deviceDeadlineMilliseconds + 1))
        #expect(hung.counts.failed == 1)
        for _ in 0..<10 {
            bench.record()
            bench.work(healthy)
        }
        #expect(bench.answers.all == Array(repeating: nil, count: 11))
        #expect(sink.lines.count == 11)
        #expect(hung.state.withLock { $0.queue.count } == 0)
    }

    @Test("a write that comes back after its deadline counts no more, but the device does")
    func comesBack() {
        let bench = Bench()
        let (device, sink) = bench.device("slow/")
        bench.record()
        let (broker, deadline) = (bench.broker, AuditLimits.deviceDeadlineMilliseconds)
        sink.state.withLock { state in
            state.duringWrite = {
                let now = MonotonicClock.nowNanoseconds + (deadline + 1) * 1_000_000
                broker.checkDeadlines(now: now)
            }
        }
        bench.work(device)
        #expect(bench.answers.all.map { $0?.code } == [.notRecorded])
        sink.state.withLock { $0.duringWrite = nil }
        bench.record()
        bench.work(device)
        #expect(bench.answers.all.count == 2 && bench.answers.all.last == .some(nil))
    }

    @Test("a peer that times out is left alone for a while, longer each time, and then tried again")
    func backOff() {
        var health = DeviceHealth()
        var now: UInt64 = 1_000_000_000
        var pauses: [UInt64] = []
        for attempt in 0..<8 {
            let isNews = health.fail(.timedOut, now: now)
            #expect(isNews == (attempt == 0), "reported once")
            #expect(health.isDown && !health.takesLines(now: now))
            var pause: UInt64 = 0
            while !health.takesLines(now: now + pause * 1_000_000) { pause += 1_000 }
            pauses.append(pause)
            now += pause * 1_000_000
        }
        #expect(pauses == [1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000, 10_000])
        let isBack = health.succeed()
        #expect(isBack)
        #expect(!health.isDown && health.takesLines(now: now))
    }

    @Test("what waits for a device is bounded; a full queue is a failed device for those lines")
    func bounded() {
        let bench = Bench()
        let (_, _) = bench.device("slow/")
        bench.record(AuditLimits.queueLines)
        #expect(bench.answers.all.isEmpty)
        bench.record()
        #expect(bench.answers.all.map { $0?.code } == [.notRecorded])
    }

    @Test("a device that is added in the middle of a tick gets whole batches only")
    func addedInBetween() {
        let bench = Bench()
        let (first, firstSink) = bench.device("first/")
        bench.broker.recordRequest(Sample.subject(), error: nil) { bench.answers.take($0) }
        let (second, secondSink) = bench.device("second/")
        bench.broker.recordRequest(Sample.subject(), error: nil) { bench.answers.take($0) }
        bench.loop.run()
        bench.work(second)
        #expect(bench.answers.all == [nil], "the first request is with the first device only")
        bench.work(first)
        #expect(bench.answers.all == [nil, nil])
        #expect(firstSink.lines.count == 2 && secondSink.lines.count == 1)
    }

    @Test("a removed device writes what it had, closes, and takes nothing more")
    func removal() {
        let bench = Bench()
        let (device, sink) = bench.device("file/")
        bench.record()
        bench.broker.remove(path: "file/")
        #expect(!bench.broker.hasDevices)
        bench.work(device)
        #expect(bench.answers.all == [nil] && sink.lines.count == 1)
        #expect(
            !device.takesLines(now: MonotonicClock.nowNanoseconds) || device.counts.written == 1)
    }

    @Test("a request in the very tick in which the last device goes is recorded by it")
    func removalWithinTick() {
        let bench = Bench()
        let (device, sink) = bench.device("file/")
        bench.broker.recordRequest(Sample.subject(), error: nil) { bench.answers.take($0) }
        bench.broker.recordRequest(Sample.subject(lane: 1), error: nil) { bench.answers.take($0) }
        bench.broker.remove(path: "file/")
        bench.loop.run()
        #expect(bench.answers.all.isEmpty)
        bench.work(device)
        #expect(bench.answers.all == [nil, nil] && sink.lines.count == 2)
        bench.record()
        #expect(bench.answers.all == [nil, nil, nil] && sink.lines.count == 2)
    }

    @Test("lines for a device that goes are with it, and the next ones with those that stay")
    func removalBesideOthers() {
        let bench = Bench()
        let (gone, goneSink) = bench.device("gone/")
        let (stays, staysSink) = bench.device("stays/")
        bench.broker.recordRequest(Sample.subject(), error: nil) { bench.answers.take($0) }
        bench.broker.remove(path: "gone/")
        bench.broker.recordRequest(Sample.subject(), error: nil) { bench.answers.take($0) }
        bench.loop.run()
        bench.work(gone)
        #expect(bench.answers.all == [nil] && goneSink.lines.count == 1)
        bench.work(stays)
        #expect(bench.answers.all == [nil, nil] && staysSink.lines.count == 2)
    }

    @Test("a file is reopened between lines, not within them")
    func reopening() {
        let bench = Bench()
        let (device, sink) = bench.device("file/")
        bench.broker.reopenAll()
        #expect(sink.state.withLock { $0.reopenings } == 0)
        bench.work(device)
        #expect(sink.state.withLock { $0.reopenings } == 1)
    }

    @Test("each device hashes with its own salt")
    func salts() {
        #expect(
            Sample.hash("x", salt: Sample.salt)
                != Sample.hash("x", salt: .init(Array(repeating: 7, count: 32))))
    }

    @Test("a device with a thread of its own writes and ends")
    func thread() async throws {
        let sink = FakeSink()
        let device = AuditDevice(
            path: "file/", format: LineFormat(), salt: Sample.salt, sink: sink, logger: Bench.quiet)
        try device.start()
        #expect(await device.probe() == nil)
        #expect(sink.lines.count == 1)
        sink.fail(.cannotWrite)
        #expect(await device.probe()?.code == .notRecorded)
        device.stop()
        while !device.hasEnded { await Task.yield() }
        #expect(sink.state.withLock { $0.isClosed })
    }
}
