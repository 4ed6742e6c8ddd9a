// Points in time as Vault's API writes them, without Foundation: a formatter there costs 1.4 µs a
// time.

internal import Glibc

/// Nanoseconds since 1970 in UTC.
public struct Timestamp: Sendable, Hashable, Comparable {
    public var nanoseconds: Int64

    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    public init(seconds: Int64) {
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        self.nanoseconds = overflow ? (seconds < 0 ? .min : .max) : product
    }

    /// The wall clock. It may jump; lifetimes are judged by it because they outlive the process.
    public static var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    /// Whole seconds since 1970, rounded down.
    public var seconds: Int64 {
        let quotient = nanoseconds / 1_000_000_000
        return nanoseconds % 1_000_000_000 < 0 ? quotient - 1 : quotient
    }

    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// This time moved by `seconds`, held at the ends of the range instead of overflowing.
    public func adding(seconds: Int64) -> Timestamp {
        let (sum, overflow) = nanoseconds.addingReportingOverflow(
            Timestamp(seconds: seconds).nanoseconds)
        return Timestamp(nanoseconds: overflow ? (seconds < 0 ? .min : .max) : sum)
    }
}

extension Timestamp {
    /// RFC 3339 with up to nine decimals, trailing zeros trimmed, as Go prints it:
    /// `2026-11-21T10:00:00.123Z`.
    public var rfc3339: String { text(decimals: true) }

    /// RFC 3339 in whole seconds: `2026-11-21T10:00:00Z`.
    public var rfc3339Seconds: String { text(decimals: false) }

    private func text(decimals: Bool) -> String {
        let seconds = self.seconds
        var days = seconds / 86_400
        var secondOfDay = seconds % 86_400
        if secondOfDay < 0 {
            secondOfDay += 86_400
            days -= 1
        }
        let (year, month, day) = Self.civil(days: days)
        var result: [UInt8] = []
        result.reserveCapacity(30)
        Self.append(year, width: 4, to: &result)
        result.append(UInt8(ascii: "-"))
        Self.append(month, width: 2, to: &result)
        result.append(UInt8(ascii: "-"))
        Self.append(day, width: 2, to: &result)
        result.append(UInt8(ascii: "T"))
        Self.append(secondOfDay / 3600, width: 2, to: &result)
        result.append(UInt8(ascii: ":"))
        Self.append(secondOfDay / 60 % 60, width: 2, to: &result)
        result.append(UInt8(ascii: ":"))
        Self.append(secondOfDay % 60, width: 2, to: &result)
        // The product may lie outside the range for the earliest times; the difference does not.
        let fraction = nanoseconds &- seconds &* 1_000_000_000
        if decimals && fraction != 0 {
            result.append(UInt8(ascii: "."))
            Self.append(fraction, width: 9, to: &result)
            while result.last == UInt8(ascii: "0") { result.removeLast() }
        }
        result.append(UInt8(ascii: "Z"))
        return String(decoding: result, as: UTF8.self)
    }

    private static func append(_ value: Int64, width: Int, to bytes: inout [UInt8]) {
        let start = bytes.count
        var rest = value
        var digits = 0
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
            digits += 1
        } while rest > 0 || digits < width
        bytes[start...].reverse()
    }

    /// Year, month and day of a day count since 1970 (Howard Hinnant, "chrono-compatible low-level
    /// date algorithms").
    private static func civil(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthIndex = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthIndex + 2) / 5 + 1
        let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    /// Day count since 1970 of a date; the inverse of `civil`.
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// Reads RFC 3339 in UTC or with an offset; `nil` if it is not that.
    public init?(rfc3339 text: String) {
        let bytes = Array(text.utf8)
        func number(_ range: Range<Int>) -> Int64? {
            guard range.upperBound <= bytes.count else { return nil }
            var value: Int64 = 0
            for byte in bytes[range] {
                guard byte >= 0x30 && byte <= 0x39 else { return nil }
                value = value * 10 + Int64(byte - 0x30)
            }
            return value
        }
        guard bytes.count >= 20, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            bytes[10] | 0x20 == UInt8(ascii: "t"), bytes[13] == UInt8(ascii: ":"),
            bytes[16] == UInt8(ascii: ":"),
            let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
            (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 61
        else { return nil }
        var index = 19
        var fraction: Int64 = 0
        if bytes[index] == UInt8(ascii: ".") {
            var scale: Int64 = 100_000_000
            index += 1
            let start = index
            while index < bytes.count, bytes[index] >= 0x30, bytes[index] <= 0x39 {
                fraction += Int64(bytes[index] - 0x30) * scale
                scale /= 10
                index += 1
            }
            guard index > start else { return nil }
        }
        guard index < bytes.count else { return nil }
        var offset: Int64 = 0
        if bytes[index] | 0x20 == UInt8(ascii: "z") {
            guard index + 1 == bytes.count else { return nil }
        } else {
            guard bytes[index] == UInt8(ascii: "+") || bytes[index] == UInt8(ascii: "-"),
                bytes.count == index + 6, bytes[index + 3] == UInt8(ascii: ":"),
                let hours = number(index + 1..<index + 3),
                let minutes = number(index + 4..<index + 6)
            else { return nil }
            offset = (hours * 3600 + minutes * 60) * (bytes[index] == UInt8(ascii: "-") ? -1 : 1)
        }
        let day0 = Self.days(year: year, month: month, day: day)
        let seconds = day0 * 86_400 + hour * 3600 + minute * 60 + second - offset
        let whole = Timestamp(seconds: seconds).nanoseconds
        let (sum, overflow) = whole.addingReportingOverflow(fraction)
        guard !overflow else { return nil }
        self.nanoseconds = sum
    }
}

/// The monotonic clock, for deadlines inside the process.
public enum MonotonicClock {
    public static var nowNanoseconds: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
