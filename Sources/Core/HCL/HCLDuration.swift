// Durations as Vault reads them everywhere: "768h", "1h30m", "250ms", "30d", "3600", 3600.

extension Duration {
    /// A duration from its text: a whole number of seconds, one number of days ("30d"), or Go's
    /// form, any number of decimal numbers with the units h, m, s, ms, us, µs and ns. Nil if it is
    /// none of these, negative, or longer than 292 years (the longest that Go can hold).
    public init?(hclText text: String) {
        if let seconds = Int64(text) {
            guard let value = Self.checked(seconds: seconds) else { return nil }
            self = value
            return
        }
        var rest = Substring(text)
        var total = Duration.zero
        var isFirst = true
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            guard let part = Self.takePart(&rest) else { return nil }
            // Days are Vault's addition to Go and stand alone.
            if part.isDays && !(isFirst && rest.isEmpty) { return nil }
            isFirst = false
            total += part.value
            guard total <= Self.longest else { return nil }
        }
        self = total
    }

    private static let longest = Duration.seconds(Int64.max / 1_000_000_000)

    static func checked(seconds: Int64) -> Duration? {
        let value = Duration.seconds(seconds)
        return seconds >= 0 && value <= longest ? value : nil
    }

    private static func takePart(_ rest: inout Substring) -> (value: Duration, isDays: Bool)? {
        let whole = takeDigits(&rest)
        var fraction = Substring()
        if rest.first == "." {
            rest.removeFirst()
            fraction = takeDigits(&rest)
            if whole.isEmpty && fraction.isEmpty { return nil }
        } else if whole.isEmpty {
            return nil
        }
        let unitText = rest.prefix { !($0.isASCII && $0.isNumber) && $0 != "." }
        rest = rest.dropFirst(unitText.count)
        guard let unit = unitNanoseconds(unitText), let count = Int64(whole.isEmpty ? "0" : whole),
            count <= Int64.max / unit
        else { return nil }
        let value: Duration =
            .nanoseconds(count * unit) + .nanoseconds(fractionNanoseconds(fraction, of: unit))
        return (value, unitText == "d")
    }

    private static func takeDigits(_ rest: inout Substring) -> Substring {
        let digits = rest.prefix { $0.isASCII && $0.isNumber }
        rest = rest.dropFirst(digits.count)
        return digits
    }

    private static func fractionNanoseconds(_ digits: Substring, of unit: Int64) -> Int64 {
        var value: Int64 = 0
        var scale = unit
        for digit in digits.prefix(18).utf8 {
            scale /= 10
            value += Int64(digit &- UInt8(ascii: "0")) * scale
        }
        return value
    }

    private static func unitNanoseconds(_ unit: Substring) -> Int64? {
        switch String(unit) {
        case "ns": 1
        case "us", "\u{B5}s", "\u{3BC}s": 1_000
        case "ms": 1_000_000
        case "s": 1_000_000_000
        case "m": 60_000_000_000
        case "h": 3_600_000_000_000
        case "d": 86_400_000_000_000
        default: nil
        }
    }
}

extension HCLValue {
    /// A duration written as a number of seconds or as a string.
    public var durationValue: Duration? {
        switch kind {
        case .number: intValue.flatMap { Duration.checked(seconds: Int64($0)) }
        case .string(let text): Duration(hclText: text)
        default: nil
        }
    }
}
