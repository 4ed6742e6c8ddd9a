// When a wait is given up. Only a defect ever waits this long, so the time is generous: it has to
// be enough on a machine that builds at the same time.

import Clock

struct Deadline {
    private let nanoseconds: UInt64

    init(seconds: UInt64 = 20) {
        nanoseconds = MonotonicClock.nowNanoseconds + seconds * 1_000_000_000
    }

    var isOver: Bool { MonotonicClock.nowNanoseconds >= nanoseconds }

    /// For poll(2).
    var milliseconds: Int32 {
        let now = MonotonicClock.nowNanoseconds
        return now >= nanoseconds ? 0 : Int32(clamping: (nanoseconds - now) / 1_000_000 + 1)
    }
}

struct Failed: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
