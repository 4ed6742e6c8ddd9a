// The tree: strings and numbers come back as they went in, objects keep their order.

import JSON
import Testing

@Suite struct ValueTests {
    @Test(
        "numbers keep their digits",
        arguments: [
            "0", "-0", "1.0", "1.10", "1e3", "1E+3", "9007199254740993", "18446744073709551616",
            "0.1000000000000000055511151231257827", "-123456789012345678901234567890.5e-400",
        ])
    func numbersKeepDigits(_ digits: String) throws {
        #expect(try JSONValue(parsing: digits).encodedString() == digits)
        #expect(
            try JSONValue(parsing: "{\"n\":[\(digits)]}").encodedString() == "{\"n\":[\(digits)]}")
    }

    @Test("a number gives an integer only for digits of an integer that fits")
    func integers() throws {
        func int(_ digits: String) throws -> Int? { try JSONValue(parsing: digits).intValue }
        #expect(try int("9223372036854775807") == .max)
        #expect(try int("-9223372036854775808") == .min)
        #expect(try int("-0") == 0)
        for digits in ["9223372036854775808", "1.0", "1e3", "0.5"] {
            #expect(try int(digits) == nil)
        }
        #expect(try JSONValue(parsing: "1e400").doubleValue == nil)
        #expect(try JSONValue(parsing: "2.5e-3").doubleValue == 0.0025)
        #expect(JSONNumber(Double.nan) == nil)
        #expect(JSONNumber(-Double.infinity) == nil)
        #expect(JSONNumber(3.0)?.text == "3")
        #expect(JSONNumber(text: "1.50")?.text == "1.50")
        for text in ["", " 1", "1 ", "1,2", "[1]", "01", "0x1", "1\n", "\"1\"", "true"] {
            #expect(JSONNumber(text: text) == nil)
        }
        for value in [1e21, -1.5e-7, .leastNonzeroMagnitude, 1.7976931348623157e308, 0.1] {
            let text = try #require(JSONNumber(value)?.text)
            #expect(try JSONValue(parsing: text).doubleValue == value)
        }
    }

    @Test("escapes stand for their characters, NUL included")
    func escapes() throws {
        let value = try JSONValue(
            parsing: #""\"\\\/\b\f\n\r\t\u0000\u0041\u00E9\u20ac\uD83D\uDE00z""#)
        #expect(
            value.stringValue.map { Array($0.utf8) }
                == Array("\"\\/\u{8}\u{C}\n\r\t\0Aé€😀z".utf8))
    }

    @Test("an object keeps the order of its members, also through changes")
    func order() throws {
        var object = try #require(try JSONValue(parsing: #"{"z":1,"a":2,"m":3}"#).objectValue)
        object["a"] = 20
        object["b"] = 4
        object["z"] = nil
        #expect(JSONValue.object(object).encodedString() == #"{"a":20,"m":3,"b":4}"#)
        #expect(object.removeValue(forKey: "none") == nil)
        #expect(object.removeValue(forKey: "m") == 3)
        #expect(object.keys == ["a", "b"])
    }

    @Test("keys are compared as bytes, in small objects and in large ones")
    func keysAreBytes() {
        for extra in [0, 40] {
            var object = JSONObject((0..<extra).map { ("filler\($0)", .null) })
            object["\u{E9}"] = 1
            object["e\u{301}"] = 2
            #expect(object.count == extra + 2)
            #expect(object["\u{E9}"] == 1)
            #expect(object["e\u{301}"] == 2)
            object["\u{E9}"] = nil
            #expect(object["e\u{301}"] == 2)
            #expect(object["\u{E9}"] == nil)
        }
        #expect(JSONValue.string("\u{E9}") != JSONValue.string("e\u{301}"))
    }

    @Test("a large object finds, replaces and removes as a small one does")
    func largeObject() {
        var object = JSONObject()
        for number in 0..<1000 { object["k\(number)"] = .int(number) }
        object["k500"] = "changed"
        object["k0"] = nil
        object.removeAll { key, _ in key.hasSuffix("7") }
        #expect(object.count == 899)
        #expect(object["k500"] == "changed")
        #expect(object["k999"] == 999)
        #expect(object["k1"] == 1)
        #expect(object["k0"] == nil)
        #expect(object["k997"] == nil)
        for number in 1..<1000 where number > 8 { object["k\(number)"] = nil }
        #expect(object.keys == ["k1", "k2", "k3", "k4", "k5", "k6", "k8"])
        #expect(object["k8"] == 8)
    }

    @Test("objects are equal whatever their order, arrays are not")
    func equality() {
        #expect(["a": 1, "b": [2]] as JSONValue == ["b": [2], "a": 1])
        #expect(["a": 1] as JSONValue != ["a": 1, "b": nil])
        #expect(["a": nil] as JSONValue != ["b": nil])
        #expect([1, 2] as JSONValue != [2, 1])
        #expect(1 as JSONValue != "1")
    }

    @Test("subscripts read through what is not there and make what is set")
    func subscripts() {
        var value: JSONValue = ["a": ["b": [10, 20]]]
        #expect(value["a"]?["b"]?[1] == 20)
        #expect(value["a"]?["b"]?[2] == nil)
        #expect(value["a"]?["b"]?[-1] == nil)
        #expect(value["a"]?["x"]?["y"] == nil)
        value["c"] = "new"
        #expect(value.encodedString() == #"{"a":{"b":[10,20]},"c":"new"}"#)
    }

    @Test("output can be indented and sorted by the bytes of the keys")
    func printing() {
        let value: JSONValue = ["b": [1, ["c": true]], "a": [:], "B": [], "é": "x"]
        #expect(
            value.encodedString(pretty: true, sortedKeys: true) == """
                {
                  "B": [],
                  "a": {},
                  "b": [
                    1,
                    {
                      "c": true
                    }
                  ],
                  "é": "x"
                }
                """)
        #expect(
            value.encodedString(sortedKeys: true) == #"{"B":[],"a":{},"b":[1,{"c":true}],"é":"x"}"#)
    }
}
