// Parameters are converted as Vault's field data converts them, or refused without being repeated.

import JSON
import Paths
import Testing

@Suite struct FieldTests {
    private func values(
        _ field: Field, _ json: String, captures: Captures = .none
    ) throws(FieldError) -> FieldValues {
        let value = try? JSONValue(parsing: "{\"f\":\(json)}")
        return try FieldValues(fields: [field], captures: captures, data: value)
    }

    @Test(
        "a string field takes strings, numbers with their digits, and booleans",
        arguments: [
            (#""text""#, "text"), ("5", "5"), ("1.50", "1.50"), ("true", "1"), ("false", "0"),
            (#""""#, ""),
        ])
    func strings(_ json: String, _ expected: String) throws {
        #expect(try values(.string("f", ""), json).string("f") == expected)
    }

    @Test(
        "an integer field takes integers in every spelling that Vault takes",
        arguments: [
            ("5", 5), ("-5", -5), (#""5""#, 5), (#""-5""#, -5), (#""+5""#, 5), (#""0x1F""#, 31),
            (#""0o17""#, 15),
            (#""017""#, 15), (#""0b101""#, 5), (#""0""#, 0), (#""-0""#, 0), (#""""#, 0),
            ("true", 1), ("false", 0),
            (#""-9223372036854775808""#, .min),
        ])
    func integers(_ json: String, _ expected: Int) throws {
        #expect(try values(.integer("f", ""), json).integer("f") == expected)
    }

    @Test(
        "a boolean field takes booleans, their texts and numbers",
        arguments: [
            ("true", true), ("false", false), (#""true""#, true), (#""False""#, false),
            (#""t""#, true),
            (#""1""#, true), (#""0""#, false), ("1", true), ("0", false), ("-0.0", false),
            (#""""#, false),
        ])
    func booleans(_ json: String, _ expected: Bool) throws {
        #expect(try values(.boolean("f", ""), json).boolean("f") == expected)
    }

    @Test(
        "a duration field takes seconds and durations",
        arguments: [
            ("30", 30), (#""30""#, 30), (#""1h30m""#, 5400), (#""2d""#, 172_800),
            (#""1d12h""#, 129_600),
            (#""1.5h""#, 5400), (#""0.5d""#, 43_200), (#""90s""#, 90), (#""1500ms""#, 1),
            (#""999999us""#, 0),
            (#""0""#, 0), (#""""#, 0), (#""+5m""#, 300), (#"".5h""#, 1800), (#""1.h""#, 3600),
            (#""1000000µs""#, 1), (#""9223372036""#, 9_223_372_036),
            (#""2562047h""#, 9_223_369_200),
            (#""0.999999999999999999s""#, 0), (#""720h0m0s""#, 2_592_000),
        ])
    func durations(_ json: String, _ expected: Int) throws {
        #expect(try values(.duration("f", ""), json).duration("f") == expected)
    }

    @Test(
        "a list field takes arrays and comma-separated texts, and trims their items",
        arguments: [
            (#"["a","b"]"#, ["a", "b"]), (#""a,b""#, ["a", "b"]), (#"" a , b ""#, ["a", "b"]),
            (#""""#, []),
            ("[]", []), (#"[" a ",1,true]"#, ["a", "1", "1"]), (#"["a,b"]"#, ["a,b"]),
            (#""a,,b""#, ["a", "", "b"]),
            ("7", ["7"]), (#""é,\r\n,x""#, ["é", "", "x"]),
        ])
    func lists(_ json: String, _ expected: [String]) throws {
        #expect(try values(.stringList("f", ""), json).stringList("f") == expected)
    }

    @Test(
        "a map field takes objects and key=value pairs; of equal keys the last counts",
        arguments: [
            (#"{"a":"1","b":2,"c":true}"#, ["a:1", "b:2", "c:1"]),
            (#"["a=1","b=2"]"#, ["a:1", "b:2"]),
            (#""a=1""#, ["a:1"]), (#"["a=x=y"]"#, ["a:x=y"]), (#"["a="]"#, ["a:"]),
            (#"["a=1","a=2"]"#, ["a:2"]),
            ("{}", []), ("[]", []), (#""""#, []), (#"["é=1","e\u0301=2"]"#, ["é:1", "e\u{301}:2"]),
        ])
    func maps(_ json: String, _ expected: [String]) throws {
        let map = try values(.stringMap("f", ""), json).stringMap("f") ?? []
        #expect(map.map { Array("\($0.key):\($0.value)".utf8) } == expected.map { Array($0.utf8) })
    }

    @Test(
        "an object field keeps order and digits, and an any field takes everything, null included")
    func trees() throws {
        let text = #"{"z":1.50,"a":[null]}"#
        let object = try values(.object("f", ""), text).object("f")
        #expect(object.map { JSONValue.object($0).encodedString() } == text)
        for json in ["null", "1", "[]", text] {
            let read = try values(.any("f", ""), json)
            #expect(read.value("f")?.encodedString() == json)
            #expect(read.isPresent("f"))
        }
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        let kind: FieldKind
        let inputs: [String]
        let problem: String
        var testDescription: String { "\(kind)" }
    }

    @Test(
        "what cannot be converted is refused by the field's name, never with the value",
        arguments: [
            Refusal(kind: .string, inputs: ["[]", "{}", #"["x"]"#], problem: "expected a string"),
            Refusal(
                kind: .integer,
                inputs: [
                    "1.5", "1.0", "1e3", #""1.5""#, #""x""#, #"" 5""#, #""5 ""#, #""--5""#,
                    #""+-5""#, #""-""#,
                    #""0x""#, #""0x-5""#, #""08""#, #""1_0""#, "9223372036854775808", "[]", "{}",
                    #""٣""#,
                ], problem: "expected an integer"),
            Refusal(
                kind: .boolean, inputs: [#""yes""#, #""tRUE""#, "[]", "1e999", #"" true""#],
                problem: "expected a boolean"),
            Refusal(
                kind: .duration,
                inputs: [
                    #""1x""#, #""h""#, #""1h30""#, "1.5", "true", "[]", #""1 h""#, #"" 1h""#,
                    #""--1h""#, #"".h""#,
                    #""1..5h""#, "9223372037", #""99999999999999999999""#,
                    #""99999999999999999999h""#, #""2562048h""#,
                    #""213503982334601d""#, #""1e3s""#, #""1H""#,
                ], problem: "expected a number of seconds or a duration such as \"1h30m\""),
            Refusal(
                kind: .duration, inputs: ["-1", #""-1""#, #""-1h""#],
                problem: "a duration cannot be negative"),
            Refusal(
                kind: .stringList, inputs: ["{}", "[[]]", "[null]", #"["a",{}]"#],
                problem: "expected a list of strings or a comma-separated string"),
            Refusal(
                kind: .object, inputs: ["[]", #""{}""#, "1"], problem: "expected an object"),
            Refusal(
                kind: .stringMap,
                inputs: [
                    #""novalue""#, #"["=x"]"#, #"["a"]"#, "1", #"{"a":[]}"#, #"{"a":null}"#, "[[]]",
                ],
                problem: "expected an object of strings or a list of \"key=value\" pairs"),
        ])
    func refuses(_ refusal: Refusal) throws {
        for input in refusal.inputs {
            let error = try #require(throws: FieldError.self, "\(input)") {
                _ = try values(Field(name: "f", kind: refusal.kind), input)
            }
            #expect(error.code == .unconvertible && error.field == "f")
            #expect(
                error.message == "error converting input for field \"f\": \(refusal.problem)",
                "\(input)")
        }
    }

    @Test("a default stands in where nothing or null was given, and does not count as given")
    func defaults() throws {
        let fields: [Field] = [
            .integer("version", default: 3, ""), .duration("ttl", default: "1h", ""),
            .string("name", ""),
            .stringList("tags", default: ["x", "y"], ""), .boolean("on", default: true, ""),
        ]
        for data in [nil, .null, [:], ["version": nil, "ttl": nil, "on": nil]] as [JSONValue?] {
            let values = try FieldValues(fields: fields, captures: .none, data: data)
            #expect(values.integer("version") == 3)
            #expect(values.duration("ttl") == 3600)
            #expect(values.string("name") == nil)
            #expect(values.stringList("tags") == ["x", "y"])
            #expect(values.boolean("on") == true)
            #expect(!values.isPresent("version") && !values.isPresent("name"))
        }
        let given = try FieldValues(
            fields: fields, captures: .none, data: ["version": 0, "on": "false"])
        #expect(given.integer("version") == 0)
        #expect(given.boolean("on") == false)
        #expect(given.isPresent("version"))
        #expect(given.string("version") == nil)
    }

    @Test("a required field that is absent or null is named")
    func required() throws {
        for data in [nil, ["role": nil], ["Role": "x"]] as [JSONValue?] {
            let error = try #require(throws: FieldError.self) {
                try FieldValues(
                    fields: [.string("role", required: true, "")], captures: .none, data: data)
            }
            #expect(error.code == .missing)
            #expect(error.message == "missing required field \"role\"")
        }
    }

    @Test("the path's captures win over the data, so data cannot redirect an allowed request")
    func capturesWin() throws {
        let captures = try #require(PathPattern("roles/:name/:level").match("roles/web/7"))
        let values = try FieldValues(
            fields: [.string("name", ""), .integer("level", ""), .string("other", "")],
            captures: captures, data: ["name": "admin", "level": 9, "other": "o"])
        #expect(values.string("name") == "web")
        #expect(values.integer("level") == 7)
        #expect(values.string("other") == "o")
    }

    @Test("undeclared names are told apart, by bytes")
    func unknown() throws {
        let values = try FieldValues(
            fields: [.string("caf\u{E9}", "")], captures: .none,
            data: ["cafe\u{301}": "x", "extra": 1])
        #expect(
            values.unknown.map { Array($0.utf8) }
                == ["cafe\u{301}", "extra"].map { Array($0.utf8) })
        #expect(values.string("caf\u{E9}") == nil)
    }

    @Test("what the path names is not undeclared, nor is anything where nothing is declared")
    func known() throws {
        let captures = try #require(PathPattern("roles/:name").match("roles/web"))
        let data: JSONValue = ["name": "web", "extra": 1]
        let one = try FieldValues(fields: [.string("other", "")], captures: captures, data: data)
        #expect(one.unknown == ["extra"])
        #expect(try FieldValues(fields: [], captures: captures, data: data).unknown.isEmpty)
    }

    @Test("data that is no object is refused")
    func notAnObject() {
        for data in [[], "x", 1, true] as [JSONValue] {
            #expect(throws: FieldError.self) {
                try FieldValues(fields: [], captures: .none, data: data)
            }
        }
    }

    @Test("a duration is printed as Go prints it and read back")
    func durationText() {
        for (seconds, text) in [
            (0, "0s"), (45, "45s"), (60, "1m0s"), (3600, "1h0m0s"), (5415, "1h30m15s"),
            (2_764_800, "768h0m0s"), (-90, "-1m30s"),
        ] {
            #expect(DurationText.text(seconds: seconds) == text)
            #expect(DurationText.seconds(text) == seconds)
        }
        #expect(DurationText.text(seconds: .min).hasPrefix("-"))
    }
}
