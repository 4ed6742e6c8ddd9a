import Testing

@testable import Daemon

@Suite struct RenewalScheduleTests {
    @Test("the first certificate is asked for at once, the next at two thirds of its life")
    func renewal() {
        var schedule = RenewalSchedule(now: 1_000)
        #expect(schedule.isDue(now: 1_000))
        schedule.issued(endsAt: 1_000 + 86_400, now: 1_000)
        #expect(!schedule.isDue(now: 1_000 + 57_599))
        #expect(schedule.isDue(now: 1_000 + 57_600))
    }

    @Test("failures come at growing distances up to a minute, and success ends that")
    func backOff() {
        var schedule = RenewalSchedule(now: 0)
        var now: Int64 = 0
        var waits: [Int64] = []
        for _ in 0..<8 {
            waits.append(schedule.failed(now: now))
            #expect(!schedule.isDue(now: schedule.nextAt - 1))
            now = schedule.nextAt
        }
        #expect(waits == [1, 2, 4, 8, 16, 32, 60, 60])
        schedule.issued(endsAt: now + 30, now: now)
        let wait = schedule.failed(now: now)
        #expect(wait == 1)
    }

    @Test("a certificate that has hardly any life left is not asked for without a pause")
    func pause() {
        for end: Int64 in [100, 101, 0, .min, .max] {
            var schedule = RenewalSchedule(now: 100)
            schedule.issued(endsAt: end, now: 100)
            #expect(!schedule.isDue(now: 100))
        }
    }

    @Test("the end of a certificate is told once, and not while a later one is in use")
    func end() {
        var schedule = RenewalSchedule(now: 0)
        var ends = [schedule.takeEnd(now: 10)]
        schedule.issued(endsAt: 30, now: 0)
        schedule.issued(endsAt: 60, now: 20)
        for now: Int64 in [59, 60, 61] { ends.append(schedule.takeEnd(now: now)) }
        #expect(ends == [false, false, true, false])
    }

    @Test("who cannot wait is served at once, whatever failed before")
    func hurry() {
        var schedule = RenewalSchedule(now: 0)
        for _ in 0..<5 { schedule.failed(now: 0) }
        schedule.hurry(now: 3)
        #expect(schedule.isDue(now: 3))
        let wait = schedule.failed(now: 3)
        #expect(wait == 1)
    }
}
