// When a wait is given up.

import Clock

struct Deadline: Sendable {
    private let nanoseconds: UInt64

    private init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    init(seconds: Int) {
        let (span, isTooLong) = UInt64(clamping: seconds)
            .multipliedReportingOverflow(by: 1_000_000_000)
        let (end, isTooLate) = MonotonicClock.nowNanoseconds.addingReportingOverflow(span)
        nanoseconds = isTooLong || isTooLate ? .max : end
    }

    func orEarlier(_ other: Deadline) -> Deadline {
        Deadline(nanoseconds: min(nanoseconds, other.nanoseconds))
    }

    var isOver: Bool { MonotonicClock.nowNanoseconds >= nanoseconds }

    /// For poll(2).
    var milliseconds: Int32 {
        let now = MonotonicClock.nowNanoseconds
        return now >= nanoseconds ? 0 : Int32(clamping: (nanoseconds - now) / 1_000_000 + 1)
    }
}
