// What the flags of one call came to: the command line first, else the environment, else the
// default. Every value was checked when it was parsed, so the accessors cannot fail.

struct FlagValues: Sendable {
    private var given: [String: [String]] = [:]
    private var inherited: [String: String] = [:]

    mutating func append(_ value: String, to flag: Flag) throws(UsageError) {
        try FlagValues.check(value, for: flag, source: "-\(flag.name)")
        given[flag.name, default: []].append(value)
    }

    /// Takes the environment's value as the default of a flag that was not given.
    mutating func inherit(_ flag: Flag, from environment: Environment) throws(UsageError) {
        guard let tail = flag.environment, given[flag.name] == nil,
            let (variable, value) = environment.setting(tail)
        else { return }
        try FlagValues.check(value, for: flag, source: variable)
        inherited[flag.name] = value
    }

    /// Whether the flag stood on the command line itself.
    func isGiven(_ flag: Flag) -> Bool { given[flag.name] != nil }

    func string(_ flag: Flag) -> String? {
        given[flag.name]?.last ?? inherited[flag.name] ?? flag.fallback
    }

    func bool(_ flag: Flag) -> Bool {
        string(flag).flatMap(FlagValues.parseBoolean) ?? false
    }

    func integer(_ flag: Flag) -> Int? { string(flag).flatMap { Int($0) } }

    func duration(_ flag: Flag) -> GoDuration? { string(flag).flatMap { GoDuration($0) } }

    func strings(_ flag: Flag) -> [String] {
        given[flag.name] ?? inherited[flag.name].map { [$0] } ?? []
    }

    /// The `key=value` pairs in the order given; a later one of the same key wins.
    func pairs(_ flag: Flag) -> [(key: String, value: String)] {
        var pairs: [(key: String, value: String)] = []
        for text in strings(flag) {
            guard let equals = text.utf8.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let key = String(text[..<equals])
            pairs.removeAll { $0.key == key }
            pairs.append((key, String(text[text.index(after: equals)...])))
        }
        return pairs
    }

    /// Go's spellings of a boolean.
    static func parseBoolean(_ text: String) -> Bool? {
        switch text {
        case "1", "t", "T", "true", "TRUE", "True": true
        case "0", "f", "F", "false", "FALSE", "False": false
        default: nil
        }
    }

    private static func check(
        _ value: String, for flag: Flag, source: String
    ) throws(UsageError) {
        let valid: Bool
        let wanted: String
        switch flag.kind {
        case .boolean:
            (valid, wanted) = (parseBoolean(value) != nil, "true or false")
        case .integer:
            (valid, wanted) = (Int(value) != nil, "a whole number")
        case .duration:
            (valid, wanted) = (GoDuration(value) != nil, "a duration such as 30s, 5m or 1h30m")
        case .pairs:
            (valid, wanted) = (value.utf8.contains(UInt8(ascii: "=")), "key=value")
        case .string, .strings:
            let known = flag.choices.isEmpty || flag.choices.contains(value)
            (valid, wanted) = (known, "one of " + flag.choices.joined(separator: ", "))
        }
        // The value itself is not repeated: it may be a secret that went into the wrong flag.
        guard valid else { throw UsageError("invalid value for \(source): expected \(wanted)") }
    }
}
