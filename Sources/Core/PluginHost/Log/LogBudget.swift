// How much a plugin may log: lines per second are dropped and counted, bytes per second are left
// unread.

struct LogBudget {
    private let linesPerSecond: Int
    private let bytesPerSecond: Int
    private var windowStart: UInt64 = 0
    private var lines = 0
    private var bytes = 0
    private var dropped = 0

    init(linesPerSecond: Int, bytesPerSecond: Int) {
        self.linesPerSecond = linesPerSecond
        self.bytesPerSecond = bytesPerSecond
    }

    /// Opens a new window when the second is over; returns how many lines the last one dropped.
    mutating func roll(now: UInt64) -> Int {
        guard now &- windowStart >= 1_000_000_000 else { return 0 }
        windowStart = now
        lines = 0
        bytes = 0
        defer { dropped = 0 }
        return dropped
    }

    /// What was dropped and not yet told.
    mutating func takeDropped() -> Int {
        defer { dropped = 0 }
        return dropped
    }

    mutating func admitsLine() -> Bool {
        guard lines < linesPerSecond else {
            dropped += 1
            return false
        }
        lines += 1
        return true
    }

    mutating func didRead(bytes count: Int) { bytes += count }

    /// When reading may go on, or `nil` if it may at once.
    var pausedUntil: UInt64? {
        bytes < bytesPerSecond ? nil : windowStart &+ 1_000_000_000
    }

    /// Whether dropped lines wait to be told at the window's end.
    var reportsAt: UInt64? { dropped == 0 ? nil : windowStart &+ 1_000_000_000 }
}
