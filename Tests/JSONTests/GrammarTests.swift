// What is a document and what is not, by RFC 8259, with the code and the place of each refusal.

import JSON
import Testing

@Suite struct GrammarTests {
    @Test(
        "a document of RFC 8259 is accepted by the scanner and by the tree",
        arguments: [
            "null", "true", "false", "0", "-0", "1", "-1", "10", "1.5", "-0.25e+10", "1E5", "1e-05",
            "123456789012345678901234567890", "\"\"", "\"a\"", " \t\r\n[ ] \n", "{}", " { } ",
            "[1]",
            "[1,2,3]", "[[],{},[[]]]", #"{"a":1}"#, #"{ "a" : { "b" : [ null ] } , "c" : "" }"#,
            #""\"\\\/\b\f\n\r\t""#, #""\u0000\u001f\u00e9""#, #""\uD83D\uDE00""#,
            #""\ud7ff\ue000""#,
            "\"\u{7F}\u{80}\u{7FF}\u{800}\u{FFFF}\u{10000}\u{10FFFF}\"", #"{"":0}"#,
            #"{"a":0,"A":0,"a ":0}"#, "\"12345678\"", "\"1234567\"", "\"123456789\"",
        ])
    func accepts(_ text: String) throws {
        try JSONScanner.validate(Array(text.utf8))
        _ = try JSONValue(parsing: text)
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        let text: String
        let code: JSONError.Code
        let offset: Int
        init(_ text: String, _ code: JSONError.Code, _ offset: Int) {
            (self.text, self.code, self.offset) = (text, code, offset)
        }
        var testDescription: String { text }
    }

    @Test(
        "what RFC 8259 does not allow is refused at its place",
        arguments: [
            Refusal("", .unexpectedEnd, 0), Refusal("  ", .unexpectedEnd, 2),
            Refusal("nul", .unexpectedEnd, 3), Refusal("nulL", .unexpectedByte, 3),
            Refusal("True", .unexpectedByte, 0), Refusal("NaN", .unexpectedByte, 0),
            Refusal("nullx", .trailingBytes, 4), Refusal("1 2", .trailingBytes, 2),
            Refusal("{}{}", .trailingBytes, 2), Refusal("[]]", .trailingBytes, 2),
            Refusal("\u{FEFF}{}", .unexpectedByte, 0), Refusal("null\0", .trailingBytes, 4),
            Refusal("\u{A0}1", .unexpectedByte, 0), Refusal("\u{0B}1", .unexpectedByte, 0),
            Refusal("[", .unexpectedEnd, 1), Refusal("[1", .unexpectedEnd, 2),
            Refusal("[1,", .unexpectedEnd, 3), Refusal("[1,]", .unexpectedByte, 3),
            Refusal("[,1]", .unexpectedByte, 1), Refusal("[1 2]", .unexpectedByte, 3),
            Refusal("[1}", .unexpectedByte, 2), Refusal("{", .unexpectedEnd, 1),
            Refusal("{a:1}", .unexpectedByte, 1), Refusal("{1:1}", .unexpectedByte, 1),
            Refusal(#"{"a"}"#, .unexpectedByte, 4), Refusal(#"{"a":}"#, .unexpectedByte, 5),
            Refusal(#"{"a":1,}"#, .unexpectedByte, 7), Refusal(#"{"a":1 "b"}"#, .unexpectedByte, 7),
            Refusal(#"{"a":1]"#, .unexpectedByte, 6), Refusal(#"{'a':1}"#, .unexpectedByte, 1),
            Refusal("[1]//", .trailingBytes, 3), Refusal("/**/1", .unexpectedByte, 0),
            Refusal("+1", .unexpectedByte, 0), Refusal(".5", .unexpectedByte, 0),
            Refusal("-", .invalidNumber, 1), Refusal("-a", .invalidNumber, 1),
            Refusal("01", .invalidNumber, 1), Refusal("-01", .invalidNumber, 2),
            Refusal("00", .invalidNumber, 1), Refusal("1.", .invalidNumber, 2),
            Refusal("1.e1", .invalidNumber, 2), Refusal("1e", .invalidNumber, 2),
            Refusal("1e+", .invalidNumber, 3), Refusal("1.5.2", .invalidNumber, 3),
            Refusal("0x10", .trailingBytes, 1), Refusal("1_000", .trailingBytes, 1),
            Refusal("Infinity", .unexpectedByte, 0), Refusal("-Infinity", .invalidNumber, 1),
            Refusal("\"", .unexpectedEnd, 1), Refusal("\"abc", .unexpectedEnd, 4),
            Refusal("\"abcdefgh", .unexpectedEnd, 9), Refusal("\"a\nb\"", .unexpectedByte, 2),
            Refusal("\"a\0b\"", .unexpectedByte, 2),
            Refusal("\"1234567\u{1F}\"", .unexpectedByte, 8),
            Refusal(#""\"#, .unexpectedEnd, 2), Refusal(#""\a""#, .invalidEscape, 1),
            Refusal(#""\x41""#, .invalidEscape, 1), Refusal(#""\U0041""#, .invalidEscape, 1),
            Refusal(#""\u12""#, .invalidEscape, 1), Refusal(#""\u"#, .unexpectedEnd, 3),
            Refusal(#""\u00g0""#, .invalidEscape, 1), Refusal(#""\ud800""#, .invalidEscape, 1),
            Refusal(#""\udc00""#, .invalidEscape, 1),
            Refusal(#""\ud800\n____""#, .invalidEscape, 1),
            Refusal(#""\ud800\ud800""#, .invalidEscape, 1),
            Refusal(#""\ud800\u00"#, .unexpectedEnd, 11),
            Refusal(#""\ude00\ud83d""#, .invalidEscape, 1),
            Refusal(#""\ud800xxxxxx""#, .invalidEscape, 1),
        ])
    func refuses(_ refusal: Refusal) throws {
        try check(Array(refusal.text.utf8), refusal.code, refusal.offset)
    }

    @Test(
        "bytes that are not UTF-8 are refused at the start of the broken sequence",
        arguments: [
            [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC2], [0xC2, 0x22], [0xE0, 0x9F, 0xBF],
            [0xE0, 0xA0], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xEF, 0xBF, 0x7F],
            [0xF0, 0x8F, 0xBF, 0xBF], [0xF0, 0x90, 0x80], [0xF4, 0x90, 0x80, 0x80],
            [0xF5, 0x80, 0x80, 0x80], [0xFE], [0xFF], [0xE2, 0x28, 0xA1], [0xF0, 0x9F, 0x98, 0x41],
        ] as [[UInt8]])
    func refusesBrokenUTF8(_ bytes: [UInt8]) throws {
        // At different distances from the start, so that both the word-wise and the byte-wise scan
        // meet it.
        for padding in 0..<17 {
            let before = Array(repeating: UInt8(ascii: "a"), count: padding)
            for after in ["\"", "\" and more than eight bytes"] {
                try check(
                    [0x22] + before + bytes + Array(after.utf8), .invalidUTF8, padding + 1)
            }
        }
    }

    @Test("every prefix of a document is refused as too short, or is a document itself")
    func prefixes() throws {
        let text = #"{"a":[1,-2.5e3,true,false,null],"\u00e9":{"b":"\ud83d\ude00é€😀"}}"#
        let bytes = Array(text.utf8)
        for length in 0..<bytes.count {
            let error = try #require(throws: JSONError.self) {
                try JSONScanner.validate(Array(bytes[..<length]))
            }
            #expect([.unexpectedEnd, .invalidNumber, .invalidUTF8].contains(error.code))
        }
    }

    @Test("an error tells line and column and nothing of the content")
    func errorPlace() throws {
        let text = "{\n  \"password\": \"hunter2\",\n  \"pin\": 0042\n}"
        let error = try #require(throws: JSONError.self) { _ = try JSONValue(parsing: text) }
        #expect(error.code == .invalidNumber)
        #expect(error.line == 3)
        #expect(error.column == 11)
        #expect(error.description == "invalid JSON at line 3, column 11: invalid number")
    }

    private func check(_ bytes: [UInt8], _ code: JSONError.Code, _ offset: Int) throws {
        let scanned = try #require(throws: JSONError.self) { try JSONScanner.validate(bytes) }
        let parsed = try #require(throws: JSONError.self) { _ = try JSONValue(parsing: bytes) }
        #expect(scanned.code == code)
        #expect(scanned.offset == offset)
        #expect(scanned == parsed)
    }
}
