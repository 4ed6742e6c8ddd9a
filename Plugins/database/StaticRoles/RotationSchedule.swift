// Times in cron's notation: minute, hour, day of the month, month, day of the week, in UTC.

import PluginSDK

struct RotationSchedule: Sendable {
    let text: String
    private let minutes: UInt64
    private let hours: UInt64
    private let days: UInt64
    private let months: UInt64
    private let weekdays: UInt64
    /// Where both days are restricted, either is enough, as cron has it.
    private let anyDay: Bool

    private static let monthNames = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]
    private static let dayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

    init?(_ text: String) {
        let fields = text.split(whereSeparator: { $0 == " " || $0 == "\t" })
        guard text.utf8.count <= 256, fields.count == 5,
            let minutes = Self.set(fields[0], 0...59),
            let hours = Self.set(fields[1], 0...23),
            let days = Self.set(fields[2], 1...31),
            let months = Self.set(fields[3], 1...12, Self.monthNames, 1),
            var weekdays = Self.set(fields[4], 0...7, Self.dayNames, 0)
        else { return nil }
        // Sunday is 0 and 7.
        if weekdays & 1 << 7 != 0 { weekdays |= 1 }
        self.text = text
        self.minutes = minutes
        self.hours = hours
        self.days = days
        self.months = months
        self.weekdays = weekdays
        anyDay = fields[2].first != "*" && fields[4].first != "*"
        // The 30th of February never comes.
        guard firstDay(from: 0) != nil else { return nil }
    }

    /// `*`, `5`, `1-5`, `*/15`, `1-30/2`, and lists of these.
    private static func set(
        _ field: Substring, _ range: ClosedRange<Int>, _ names: [String] = [], _ first: Int = 0
    ) -> UInt64? {
        func number(_ text: Substring) -> Int? {
            if let place = names.firstIndex(of: text.lowercased()) { return place + first }
            guard let number = Int(text), range.contains(number),
                text.utf8.allSatisfy({ (0x30...0x39).contains($0) })
            else { return nil }
            return number
        }
        var bits: UInt64 = 0
        for part in field.split(separator: ",", omittingEmptySubsequences: false) {
            let pieces = part.split(separator: "/", omittingEmptySubsequences: false)
            guard let span = pieces.first, pieces.count <= 2 else { return nil }
            let step = pieces.count == 2 ? Int(pieces[1]) : 1
            guard let step, step > 0, step <= range.upperBound else { return nil }
            let ends = span.split(separator: "-", omittingEmptySubsequences: false)
            var (low, high) = (range.lowerBound, range.upperBound)
            if span != "*", span != "?" {
                guard let from = ends.first.flatMap(number), ends.count <= 2 else { return nil }
                low = from
                if ends.count == 2 {
                    guard let to = number(ends[1]), to >= from else { return nil }
                    high = to
                } else if pieces.count == 1 {
                    high = from
                }
            }
            for value in stride(from: low, through: high, by: step) { bits |= 1 << UInt64(value) }
        }
        return bits
    }

    /// The first time that fits after `now`.
    func next(after now: Timestamp) -> Timestamp {
        let minute = now.seconds / 60 + 1
        let today = minute / 1440
        let timeOfDay = Int(minute % 1440)
        if fits(CivilDate(day: today)), let time = time(from: timeOfDay) {
            return Timestamp(seconds: (today * 1440 + Int64(time)) * 60)
        }
        // One was found when the schedule was read, so there is always another.
        let day = firstDay(from: today + 1) ?? today + 1
        return Timestamp(seconds: (day * 1440 + Int64(time(from: 0) ?? 0)) * 60)
    }

    private func time(from start: Int) -> Int? {
        (start..<1440).first { hours & 1 << ($0 / 60) != 0 && minutes & 1 << ($0 % 60) != 0 }
    }

    /// Within eight years there is a leap day, in whatever century.
    private func firstDay(from start: Int64) -> Int64? {
        (start..<start + 8 * 366 + 1).first { fits(CivilDate(day: $0)) }
    }

    private func fits(_ date: CivilDate) -> Bool {
        guard months & 1 << date.month != 0 else { return false }
        let isDay = days & 1 << date.day != 0
        let isWeekday = weekdays & 1 << date.weekday != 0
        return anyDay ? isDay || isWeekday : isDay && isWeekday
    }
}

/// A day since 1970 in the calendar.
private struct CivilDate {
    let month: Int
    let day: Int
    /// Sunday is 0.
    let weekday: Int

    init(day number: Int64) {
        weekday = Int((number % 7 + 11) % 7)
        let text = Timestamp(seconds: number * 86_400).rfc3339Seconds.utf8
        func part(_ start: Int) -> Int {
            text.dropFirst(start).prefix(2).reduce(0) { $0 * 10 + Int($1) - 0x30 }
        }
        month = part(5)
        day = part(8)
    }
}
