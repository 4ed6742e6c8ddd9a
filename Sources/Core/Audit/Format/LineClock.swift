// The time of a line. Lines come many in a second, so the second's text is kept.

internal import Clock

struct LineClock {
    private var second: Int64?
    /// `"2026-11-21T10:00:00` with its first quote.
    private var text: [UInt8] = []

    /// As `Timestamp.rfc3339` writes it: up to nine decimals without zeros at their end.
    mutating func append(_ time: Timestamp, to lines: LineBuffer) {
        let seconds = time.seconds
        if seconds != second {
            second = seconds
            text = Array("\"\(Timestamp(seconds: seconds).rfc3339Seconds.dropLast())".utf8)
        }
        lines.append(text)
        var fraction = time.nanoseconds &- seconds &* 1_000_000_000
        if fraction > 0 {
            var width = 9
            while fraction % 10 == 0 {
                fraction /= 10
                width -= 1
            }
            lines.append(UInt8(ascii: "."))
            lines.append(digitsOf: UInt64(fraction), width: width)
        }
        lines.append("Z\"")
    }
}
