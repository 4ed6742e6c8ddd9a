// Durations as Go writes and reads them (`1h30m`, `500ms`), with `d` for days and a bare number for
// seconds, as the `vault` command takes them.

struct GoDuration: Sendable, Equatable {
    let milliseconds: Int

    var seconds: Int { milliseconds / 1000 }

    /// How the HTTP API takes it.
    var apiText: String { "\(seconds)s" }

    init(milliseconds: Int) { self.milliseconds = milliseconds }

    init?(_ text: String) {
        var rest = text[...]
        let negative = rest.first == "-"
        if negative || rest.first == "+" { rest.removeFirst() }
        guard !rest.isEmpty else { return nil }

        func isDigit(_ character: Character) -> Bool {
            character.isASCII && (character.isNumber || character == ".")
        }
        let isBare = rest.allSatisfy(isDigit)
        var total = 0.0
        while !rest.isEmpty {
            let digits = rest.prefix(while: isDigit)
            guard let number = Double(digits) else { return nil }
            rest = rest[digits.endIndex...]
            let unit = rest.prefix { $0.isASCII && $0.isLetter }
            rest = rest[unit.endIndex...]
            guard let scale = isBare ? 1000 : GoDuration.milliseconds(in: unit) else { return nil }
            total += number * scale
        }
        guard total < Double(Int.max / 2) else { return nil }
        self.milliseconds = Int(total.rounded()) * (negative ? -1 : 1)
    }

    private static func milliseconds(in unit: Substring) -> Double? {
        switch unit {
        case "ms": 1
        case "s": 1000
        case "m": 60_000
        case "h": 3_600_000
        case "d": 86_400_000
        default: nil
        }
    }

    /// Seconds for people: `768h`, `1h30m`, `0s`; no zeros at the end.
    static func readable(seconds: Int) -> String {
        guard seconds != 0 else { return "0s" }
        let sign = seconds < 0 ? "-" : ""
        let total = seconds.magnitude
        var text = ""
        if total >= 3600 { text += "\(total / 3600)h" }
        if total / 60 % 60 > 0 || (total >= 3600 && total % 60 > 0) {
            text += "\(total / 60 % 60)m"
        }
        if total % 60 > 0 { text += "\(total % 60)s" }
        return sign + text
    }
}
