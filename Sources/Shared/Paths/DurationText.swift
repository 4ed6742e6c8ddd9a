// Durations as operators write them: a number of seconds, or Go's notation with days added, such as
// "1h30m", "1.5h", "250ms" and "2d".

public enum DurationText {
    /// What 64 bits of nanoseconds hold; Vault's clients could not read more.
    public static let maxSeconds = 9_223_372_036

    /// Whole seconds, rounded towards zero; nil for what is no duration or does not fit.
    public static func seconds(_ text: String) -> Int? {
        var rest = text.utf8[...]
        let isNegative = rest.first == 0x2D
        if isNegative || rest.first == Byte.plus { rest.removeFirst() }
        guard let magnitude = plainSeconds(rest) ?? secondsWithUnits(rest) else { return nil }
        return isNegative ? -magnitude : magnitude
    }

    /// As Go prints a duration: "1h30m0s", "45s", "0s".
    public static func text(seconds: Int) -> String {
        let magnitude = seconds.magnitude
        let (hours, minutes) = (magnitude / 3600, magnitude / 60 % 60)
        var text = seconds < 0 ? "-" : ""
        if hours > 0 { text += "\(hours)h" }
        if magnitude >= 60 { text += "\(minutes)m" }
        return text + "\(magnitude % 60)s"
    }

    private static func plainSeconds(_ digits: Substring.UTF8View) -> Int? {
        guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }),
            let value = Int(Substring(digits)), value <= maxSeconds
        else { return nil }
        return value
    }

    private static func secondsWithUnits(_ text: Substring.UTF8View) -> Int? {
        var rest = text
        guard !rest.isEmpty else { return nil }
        var nanoseconds: UInt64 = 0
        while !rest.isEmpty {
            guard let part = nextPart(&rest) else { return nil }
            let (sum, overflow) = nanoseconds.addingReportingOverflow(part)
            guard !overflow, sum <= UInt64(Int64.max) else { return nil }
            nanoseconds = sum
        }
        return Int(nanoseconds / 1_000_000_000)
    }

    /// One number with its unit, in nanoseconds.
    private static func nextPart(_ rest: inout Substring.UTF8View) -> UInt64? {
        let whole = takeDigits(&rest)
        var fraction = rest.prefix(0)
        if rest.first == 0x2E {
            rest.removeFirst()
            fraction = takeDigits(&rest)
        }
        guard !whole.isEmpty || !fraction.isEmpty, let unit = takeUnit(&rest) else { return nil }
        guard let value = whole.isEmpty ? 0 : UInt64(Substring(whole)) else { return nil }
        let (product, overflow) = value.multipliedReportingOverflow(by: unit)
        guard !overflow else { return nil }
        // Digits below a billionth of a day are below a nanosecond's worth anyway.
        var (scaled, scale): (UInt64, UInt64) = (0, 1)
        for digit in fraction.prefix(9) {
            scaled = scaled * 10 + UInt64(digit - 0x30)
            scale *= 10
        }
        let wide = scaled.multipliedFullWidth(by: unit)
        let (sum, sumOverflow) = product.addingReportingOverflow(
            scale.dividingFullWidth(wide).quotient)
        return sumOverflow ? nil : sum
    }

    private static func takeDigits(_ rest: inout Substring.UTF8View) -> Substring.UTF8View {
        let digits = rest.prefix { (0x30...0x39).contains($0) }
        rest.removeFirst(digits.count)
        return digits
    }

    private static func takeUnit(_ rest: inout Substring.UTF8View) -> UInt64? {
        let unit = rest.prefix { $0 != 0x2E && !(0x30...0x39).contains($0) }
        rest.removeFirst(unit.count)
        return units.first { unit.elementsEqual($0.name.utf8) }?.nanoseconds
    }

    /// Both spellings of "µ": the micro sign and the Greek letter.
    private static let units: [(name: String, nanoseconds: UInt64)] = [
        ("s", 1_000_000_000), ("m", 60_000_000_000), ("h", 3_600_000_000_000),
        ("d", 86_400_000_000_000), ("ms", 1_000_000), ("us", 1000), ("\u{B5}s", 1000),
        ("\u{3BC}s", 1000), ("ns", 1),
    ]
}
