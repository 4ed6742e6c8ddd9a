// Devices that answer at once are written to by the event loops, one at a time.

import Clock
import Synchronization
import Testing

@testable import Audit

@Suite struct WritingOnLoopTests {
    @Test("the lines of a tick are written at its end, without the device's thread")
    func writes() {
        let bench = Bench()
        let (device, sink) = bench.device("file/", answersAtOnce: true)
        bench.record(20)
        #expect(bench.answers.all == Array(repeating: nil, count: 20))
        #expect(sink.state.withLock { $0.written.count } == 1)
        #expect(device.counts.written == 20)
    }

    @Test("what a request records when it is told is written in the tick after")
    func continues() {
        let bench = Bench()
        let (_, sink) = bench.device("file/", answersAtOnce: true)
        let subject = Sample.subject()
        bench.broker.recordRequest(subject, error: nil) { [broker = bench.broker] _ in
            broker.recordResponse(EntryResponse(), to: subject, error: nil) { _ in }
        }
        bench.loop.run()
        #expect(sink.lines.count == 2)
        #expect(sink.state.withLock { $0.written.count } == 2)
    }

    @Test("a failed write fails the requests of the tick, and the next tick tries again")
    func failing() {
        let bench = Bench()
        let (_, sink) = bench.device("file/", answersAtOnce: true)
        sink.fail(.cannotWrite)
        bench.record(2)
        #expect(bench.answers.all.map { $0?.code } == [.notRecorded, .notRecorded])
        sink.fail(nil)
        bench.record()
        #expect(bench.answers.all.last == .some(nil))
    }

    @Test("who comes while another writes leaves the lines to it")
    func combines() {
        let bench = Bench()
        let (_, sink) = bench.device("file/", answersAtOnce: true)
        let other = Sample.subject(lane: 1)
        sink.state.withLock { state in
            state.duringWrite = { [bench] in
                sink.state.withLock { $0.duringWrite = nil }
                // The other loop's whole tick falls into this one's write.
                bench.record(3, subject: other)
                #expect(bench.answers.all.isEmpty)
            }
        }
        bench.record()
        #expect(bench.answers.all == [nil, nil, nil, nil])
        #expect(sink.lines.count == 4)
    }

    @Test("a write that hangs is given up like any other, while the loop is still in it")
    func hanging() {
        let bench = Bench()
        let (device, sink) = bench.device("file/", answersAtOnce: true)
        let late =
            MonotonicClock.nowNanoseconds
            + (AuditLimits.deviceDeadlineMilliseconds + 1) * 1_000_000
        sink.state.withLock { state in
            state.duringWrite = { [bench] in
                sink.state.withLock { $0.duringWrite = nil }
                bench.broker.checkDeadlines(now: late)
                bench.loop.run()
                #expect(bench.answers.all.map { $0?.code } == [.notRecorded])
                // Until it is back, the device takes nothing.
                bench.record(1, subject: Sample.subject(lane: 1))
                #expect(bench.answers.all.map { $0?.code } == [.notRecorded, .notRecorded])
            }
        }
        bench.record()
        #expect(bench.answers.all.count == 2)
        #expect(device.counts.failed >= 1)
    }

    @Test("after a slow write the device's thread writes for a while")
    func slow() {
        let bench = Bench()
        let (device, sink) = bench.device("file/", answersAtOnce: true)
        bench.record()
        device.state.withLock {
            $0.leavesToThreadUntil = MonotonicClock.nowNanoseconds + 60_000_000_000
        }
        bench.record()
        #expect(bench.answers.all == [nil] && sink.lines.count == 1)
        bench.work(device)
        #expect(bench.answers.all == [nil, nil] && sink.lines.count == 2)
    }

    @Test("lines that were left to the thread are written before those of a later tick")
    func order() {
        let bench = Bench()
        let (device, sink) = bench.device("file/", answersAtOnce: true)
        device.state.withLock {
            $0.leavesToThreadUntil = MonotonicClock.nowNanoseconds + 60_000_000_000
        }
        bench.record(1, subject: Sample.subject { $0.path = "first" })
        device.state.withLock { $0.leavesToThreadUntil = 0 }
        bench.record(1, subject: Sample.subject { $0.path = "second" })
        #expect(bench.answers.all == [nil, nil])
        #expect(sink.lines.first?.contains("first") == true)
        #expect(sink.lines.last?.contains("second") == true)
    }

    @Test("a file is opened anew between two writes of a loop")
    func reopens() {
        let bench = Bench()
        let (device, sink) = bench.device("file/", answersAtOnce: true)
        device.reopen()
        bench.record()
        #expect(sink.state.withLock { $0.reopenings } == 1)
        #expect(bench.answers.all == [nil])
    }
}
