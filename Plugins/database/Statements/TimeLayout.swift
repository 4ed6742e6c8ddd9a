// Times by Go's layouts, in which the parts of one known moment stand for the parts of the time:
// `Jan 2 2006`, `15:04:05.000`.

import PluginSDK

enum TimeLayout {
    /// In UTC. What is no part of a time stands for itself.
    static func text(_ time: Timestamp, by layout: String) -> String {
        let parts = TimeParts(time)
        var result: [UInt8] = []
        var rest = Array(layout.utf8)[...]
        while let byte = rest.first {
            if let (length, text) = parts.next(in: rest) {
                result += text.utf8
                rest = rest.dropFirst(length)
            } else {
                result.append(byte)
                rest = rest.dropFirst()
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}

private struct TimeParts {
    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December",
    ]
    private static let weekdays = [
        "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
    ]
    private static let nanosecondDigits = 9

    /// What stands for what. Of names that begin alike the longer is first.
    private let names: [(name: [UInt8], value: String)]
    private let nanosecond: String

    init(_ time: Timestamp) {
        let text = time.rfc3339Seconds
        func number(_ from: Int, _ count: Int) -> Int {
            Int(String(decoding: Array(text.utf8).dropFirst(from).prefix(count), as: UTF8.self))
                ?? 0
        }
        let (year, month, day) = (number(0, 4), number(5, 2), number(8, 2))
        let (hour, minute, second) = (number(11, 2), number(14, 2), number(17, 2))
        let days = (time.seconds - Int64(hour * 3_600 + minute * 60 + second)) / 86_400
        // The first of January 1970 was a Thursday.
        let weekday = Self.weekdays[Int(((days + 4) % 7 + 7) % 7)]
        let newYear = Timestamp(rfc3339: String(text.prefix(4)) + "-01-01T00:00:00Z") ?? time
        let dayOfYear = (time.seconds - newYear.seconds) / 86_400 + 1
        let hour12 = hour % 12 == 0 ? 12 : hour % 12
        let monthName = Self.months[min(max(month, 1), 12) - 1]

        func two(_ number: Int) -> String { Self.padded(number, 2, "0") }
        let values: [(String, String)] = [
            ("January", monthName), ("Jan", String(monthName.prefix(3))),
            ("Monday", weekday), ("Mon", String(weekday.prefix(3))), ("MST", "UTC"),
            ("002", Self.padded(Int(dayOfYear), 3, "0")),
            ("01", two(month)), ("02", two(day)), ("03", two(hour12)), ("04", two(minute)),
            ("05", two(second)), ("06", two(year % 100)),
            ("15", two(hour)), ("1", String(month)),
            ("2006", Self.padded(year, 4, "0")), ("2", String(day)),
            // The year, and before it no more than what is written.
            ("_2006", "_" + Self.padded(year, 4, "0")),
            ("__2", Self.padded(Int(dayOfYear), 3, " ")), ("_2", Self.padded(day, 2, " ")),
            ("3", String(hour12)), ("4", String(minute)), ("5", String(second)),
            ("PM", hour < 12 ? "AM" : "PM"), ("pm", hour < 12 ? "am" : "pm"),
            ("-07:00:00", "+00:00:00"), ("-070000", "+000000"), ("-07:00", "+00:00"),
            ("-0700", "+0000"), ("-07", "+00"),
            ("Z07:00:00", "Z"), ("Z070000", "Z"), ("Z07:00", "Z"), ("Z0700", "Z"), ("Z07", "Z"),
        ]
        names = values.map { (Array($0.0.utf8), $0.1) }
        nanosecond = Self.padded(
            Int(time.nanoseconds &- time.seconds &* 1_000_000_000), Self.nanosecondDigits, "0")
    }

    /// What the layout begins with, if that stands for a part of the time, and how long it is.
    func next(in layout: ArraySlice<UInt8>) -> (length: Int, text: String)? {
        if let fraction = fraction(layout) { return fraction }
        for (name, value) in names where layout.starts(with: name) {
            // A word that only begins like a month or a day is another word.
            let isShortWord = name == Array("Jan".utf8) || name == Array("Mon".utf8)
            let after = layout.dropFirst(name.count).first
            if isShortWord, let after, (0x61...0x7A).contains(after) { return nil }
            return (name.count, value)
        }
        return nil
    }

    /// `.000` has as many digits of the second's fraction as zeros, `.999` none of the zeros at its
    /// end. A comma does as well.
    private func fraction(_ layout: ArraySlice<UInt8>) -> (length: Int, text: String)? {
        guard let separator = layout.first,
            [UInt8(ascii: "."), UInt8(ascii: ",")]
                .contains(separator), let digit = layout.dropFirst().first,
            [UInt8(ascii: "0"), UInt8(ascii: "9")].contains(digit)
        else { return nil }
        let digits = layout.dropFirst().prefix { $0 == digit }.count
        if let after = layout.dropFirst(1 + digits).first, (0x30...0x39).contains(after) {
            return nil
        }
        var kept = Array(nanosecond.utf8.prefix(digits))
        if digit == UInt8(ascii: "9") {
            while kept.last == UInt8(ascii: "0") { kept.removeLast() }
            if kept.isEmpty { return (1 + digits, "") }
        }
        return (1 + digits, String(decoding: [separator] + kept, as: UTF8.self))
    }

    private static func padded(_ number: Int, _ width: Int, _ sign: Character) -> String {
        let text = String(number)
        return String(repeating: sign, count: max(0, width - text.utf8.count)) + text
    }
}
