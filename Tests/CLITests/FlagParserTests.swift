import Testing

@testable import CLI

@Suite("Flags are read as Go reads them")
struct FlagParserTests {
    private static let flags: [Flag] = [
        Flag("name", .string, "", environment: "NAME"), Flag("count", .integer, "", fallback: "5"),
        Flag("dry", .boolean, "", aliases: ["d"], environment: "DRY"), Flag("item", .strings, ""),
        Flag("wait", .duration, ""), Flag("label", .pairs, ""),
        Flag("color", .string, "", choices: ["red", "blue"]),
    ]
    private static func flag(_ name: String) -> Flag { flags.first { $0.name == name } ?? flags[0] }

    private func parse(
        _ words: String..., environment: [String: String] = [:]
    ) throws -> (FlagValues, [String]) {
        let result = try FlagParser(flags: Self.flags).parse(
            words, environment: Environment(environment))
        guard case .parsed(let values, let arguments) = result else {
            throw UsageError("help was asked for")
        }
        return (values, arguments)
    }

    @Test(
        "one dash or two, attached or apart, before or after the arguments",
        arguments: [
            ["-name=x", "a"], ["--name=x", "a"], ["-name", "x", "a"], ["--name", "x", "a"],
            ["a", "-name=x"], ["a", "--name", "x"],
        ])
    func spellings(words: [String]) throws {
        let result = try FlagParser(flags: Self.flags).parse(words, environment: Environment([:]))
        guard case .parsed(let values, let arguments) = result else {
            Issue.record("not parsed")
            return
        }
        #expect(values.string(Self.flag("name")) == "x")
        #expect(arguments == ["a"])
    }

    @Test("a boolean takes no word after it, and a value only with an equals sign")
    func booleans() throws {
        let (on, arguments) = try parse("-dry", "false")
        #expect(on.bool(Self.flag("dry")))
        #expect(arguments == ["false"])
        #expect(try !parse("-d=false").0.bool(Self.flag("dry")))
    }

    @Test("a lone dash is an argument, and two dashes end the flags")
    func dashes() throws {
        let (values, arguments) = try parse("-", "--", "-name=x", "--")
        #expect(arguments == ["-", "-name=x", "--"])
        #expect(values.string(Self.flag("name")) == nil)
    }

    @Test("a value may begin with a dash or hold an equals sign")
    func valuesWithDashes() throws {
        #expect(try parse("-name", "-x").0.string(Self.flag("name")) == "-x")
        #expect(try parse("-name=a=b").0.string(Self.flag("name")) == "a=b")
        #expect(try parse("-count", "-1").0.integer(Self.flag("count")) == -1)
    }

    @Test("the last of a flag given twice wins, and repeatable ones keep all")
    func repeated() throws {
        let (values, _) = try parse(
            "-name=a", "-item=1", "-name=b", "-item=2", "-label=k=1", "-label=k=2")
        #expect(values.string(Self.flag("name")) == "b")
        #expect(values.strings(Self.flag("item")) == ["1", "2"])
        #expect(values.pairs(Self.flag("label")).map(\.value) == ["2"])
    }

    @Test("COFFER_ comes before VAULT_, the command line before both, and empty ones do not count")
    func environment() throws {
        let both = ["COFFER_NAME": "c", "VAULT_NAME": "v"]
        #expect(try parse(environment: both).0.string(Self.flag("name")) == "c")
        #expect(try parse("-name=f", environment: both).0.string(Self.flag("name")) == "f")
        let empty = ["COFFER_NAME": "", "VAULT_NAME": "v"]
        #expect(try parse(environment: empty).0.string(Self.flag("name")) == "v")
        #expect(try parse().0.integer(Self.flag("count")) == 5)
    }

    @Test("a flag is given only if it stands on the command line")
    func given() throws {
        let (values, _) = try parse(environment: ["VAULT_NAME": "v"])
        #expect(!values.isGiven(Self.flag("name")))
    }

    @Test(
        "wrong values are refused without being repeated, since they may be secrets",
        arguments: [
            "-count=s3cr3t", "-dry=s3cr3t", "-wait=s3cr3t", "-label=s3cr3t", "-color=s3cr3t",
        ])
    func wrongValues(word: String) {
        let error = #expect(throws: UsageError.self) {
            try FlagParser(flags: Self.flags).parse([word], environment: Environment([:]))
        }
        #expect(error?.message.contains("s3cr3t") == false)
        #expect(error?.message.hasPrefix("invalid value for -") == true)
    }

    @Test("a wrong value in the environment is told with the variable's name")
    func wrongEnvironment() {
        let error = #expect(throws: UsageError.self) {
            try parse(environment: ["VAULT_DRY": "maybe"])
        }
        #expect(error?.message == "invalid value for VAULT_DRY: expected true or false")
    }

    @Test("an unknown flag is refused with the nearest one that exists")
    func unknown() {
        let error = #expect(throws: UsageError.self) { try parse("-nmae=x") }
        #expect(error?.message == "flag provided but not defined: -nmae (did you mean -name?)")
    }

    @Test(
        "a missing value and a flag without a name are refused",
        arguments: ["-name", "---name", "-=x"])
    func broken(word: String) {
        #expect(throws: UsageError.self) {
            try FlagParser(flags: Self.flags).parse([word], environment: Environment([:]))
        }
    }
}

@Suite("Durations")
struct GoDurationTests {
    @Test(
        "Go's notation, days, and bare seconds",
        arguments: [
            ("30", 30_000), ("30s", 30_000), ("5m", 300_000), ("1h30m", 5_400_000),
            ("1.5h", 5_400_000), ("500ms", 500), ("2d", 172_800_000), ("-1", -1000), ("0", 0),
        ])
    func read(text: String, milliseconds: Int) {
        #expect(GoDuration(text)?.milliseconds == milliseconds)
    }

    @Test(
        "what is not a duration is none",
        arguments: ["", "-", "h", "1x", "1h30", "1e3s", "99999999999999999999h", "1 h"])
    func refuse(text: String) { #expect(GoDuration(text) == nil) }

    @Test(
        "people read them without zeros at the end",
        arguments: [
            (0, "0s"), (45, "45s"), (60, "1m"), (90, "1m30s"), (3600, "1h"), (5400, "1h30m"),
            (3601, "1h0m1s"), (2_764_800, "768h"), (-60, "-1m"),
        ])
    func readable(seconds: Int, text: String) {
        #expect(GoDuration.readable(seconds: seconds) == text)
    }
}
