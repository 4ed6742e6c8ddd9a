import Testing

@testable import PluginHost

private let second: UInt64 = 1_000_000_000

@Suite struct BackOffTests {
    @Test("each failure in a row doubles the wait, up to half a minute")
    func doubles() {
        var backOff = BackOff()
        var now = 5 * second
        var waits: [UInt64] = []
        for _ in 0..<12 {
            backOff.ended(now: now, ranForNanoseconds: 0)
            waits.append(backOff.remainingNanoseconds(now: now) / 1_000_000)
            now += 60 * second
        }
        #expect(
            waits == [
                100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000, 30_000,
            ])
    }

    @Test("a process that ran well starts the count anew")
    func stableRunResets() {
        var backOff = BackOff()
        for _ in 0..<8 { backOff.ended(now: second, ranForNanoseconds: 0) }
        backOff.ended(
            now: second, ranForNanoseconds: PluginHostLimits.stableRunSeconds * second)
        #expect(backOff.remainingNanoseconds(now: second) == 100_000_000)
        #expect(backOff.failuresInARow == 1)
    }

    @Test("requests wait for a near restart and are sent away, with a time, before a far one")
    func opensWhenFar() {
        var backOff = BackOff()
        #expect(!backOff.isOpen(now: 0))
        for _ in 0..<4 { backOff.ended(now: 0, ranForNanoseconds: 0) }
        #expect(!backOff.isOpen(now: 0))
        backOff.ended(now: 0, ranForNanoseconds: 0)
        #expect(backOff.isOpen(now: 0))
        #expect(backOff.retryAfterSeconds(now: 0) == 2)
        #expect(!backOff.isOpen(now: second))
    }
}

@Suite struct SilenceWatchTests {
    @Test("a plugin that answers nothing is pinged once, then taken for hung")
    func pingsThenHangs() {
        var watch = SilenceWatch(now: 0)
        #expect(watch.sweep(now: 9 * second, missedDeadlines: 0) == .fine)
        #expect(watch.sweep(now: 10 * second, missedDeadlines: 0) == .ping)
        #expect(watch.sweep(now: 11 * second, missedDeadlines: 0) == .fine)
        #expect(watch.sweep(now: 60 * second, missedDeadlines: 0) == .hung)
    }

    @Test("any frame from the plugin ends the silence")
    func hearing() {
        var watch = SilenceWatch(now: 0)
        _ = watch.sweep(now: 10 * second, missedDeadlines: 1)
        watch.heard(now: 59 * second)
        #expect(watch.sweep(now: 61 * second, missedDeadlines: 0) == .fine)
        #expect(watch.sweep(now: 62 * second, missedDeadlines: 1) == .ping)
    }

    @Test(
        "three sweeps with missed deadlines and no frame between mean hung, however many calls each"
    )
    func missedDeadlines() {
        var watch = SilenceWatch(now: 0)
        #expect(watch.sweep(now: second, missedDeadlines: 500) == .ping)
        #expect(watch.sweep(now: 2 * second, missedDeadlines: 1) == .fine)
        #expect(watch.sweep(now: 3 * second, missedDeadlines: 1) == .hung)
    }

    @Test("an idle connection is not silent: there was nothing to hear")
    func idleIsNotSilent() {
        var watch = SilenceWatch(now: 0)
        watch.startsWaiting(now: 3_600 * second)
        #expect(watch.sweep(now: 3_601 * second, missedDeadlines: 0) == .fine)
    }
}

@Suite struct CallBookTests {
    @Test("a late answer to an expired call is expected once; a second one is not")
    func lateAnswer() throws {
        var book = CallBook<String>(maxInFlight: 4, mostAbandoned: 4)
        let opened = book.open("one", deadline: 10)
        let call = try #require(opened)
        let expired = book.expire(now: 10)
        #expect(expired.map(\.context) == ["one"])
        #expect(book.count == 0)
        guard case .abandoned = book.close(call) else {
            Issue.record("not abandoned")
            return
        }
        guard case .unknown = book.close(call) else {
            Issue.record("known twice")
            return
        }
    }

    @Test("an answer to a call that was never opened, or was answered, is unknown")
    func unknown() throws {
        var book = CallBook<String>(maxInFlight: 4, mostAbandoned: 4)
        let opened = book.open("one", deadline: 10)
        let call = try #require(opened)
        guard case .live("one") = book.close(call) else {
            Issue.record("not live")
            return
        }
        guard case .unknown = book.close(call) else {
            Issue.record("answered twice")
            return
        }
        guard case .unknown = book.close(call + 2) else {
            Issue.record("never opened")
            return
        }
    }

    @Test("a plugin that never answers what was given up is noticed")
    func tooManyAbandoned() {
        var book = CallBook<Int>(maxInFlight: 10, mostAbandoned: 3)
        for round in 0..<4 {
            #expect(!book.hasTooManyAbandoned)
            _ = book.open(round, deadline: 0)
            _ = book.expire(now: 1)
        }
        #expect(book.hasTooManyAbandoned)
    }

    @Test("beyond its bound it opens no call")
    func bounded() {
        var book = CallBook<Int>(maxInFlight: 2, mostAbandoned: 3)
        let opened = (1...3).map { book.open($0, deadline: 9) != nil }
        #expect(opened == [true, true, false])
    }
}
