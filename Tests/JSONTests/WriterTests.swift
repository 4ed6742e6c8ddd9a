// Writing piece by piece: commas by themselves, strings as Go's encoder escapes them.

import JSON
import Testing

@Suite struct WriterTests {
    @Test("commas stand between members and elements and nowhere else")
    func commas() throws {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("a", "text")
        writer.member("b", -7)
        writer.member("c", UInt64.max)
        writer.member("d", true)
        writer.member("e", nil)
        writer.member("f", ["x", "y"])
        writer.member("g", raw: Array(#"{"spliced":1}"#.utf8))
        writer.member("h", ["k": [1, 2]])
        writer.key("i")
        writer.beginArray()
        writer.beginArray()
        writer.endArray()
        writer.beginObject()
        writer.endObject()
        writer.null()
        writer.raw([])
        writer.endArray()
        writer.member("j", JSONValue.int(0))
        writer.endObject()
        let text = String(decoding: writer.bytes, as: UTF8.self)
        #expect(
            text == #"{"a":"text","b":-7,"c":18446744073709551615,"d":true,"e":null,"f":["x","y"],"#
                + #""g":{"spliced":1},"h":{"k":[1,2]},"i":[[],{},null,null],"j":0}"#)
        try JSONScanner.validate(writer.bytes)
    }

    @Test("control characters, quotes and backslashes are escaped, nothing else is")
    func escaping() {
        var writer = JSONWriter()
        writer.string("\"\\/\u{8}\u{C}\n\r\t\0\u{1}\u{1f}\u{7f}<>&é\u{2028}😀 plain text to the end")
        let expected =
            #""\"\\/\b\f\n\r\t\u0000\u0001\u001f"# + "\u{7f}<>&é\u{2028}😀 plain text to the end\""
        #expect(String(decoding: writer.bytes, as: UTF8.self) == expected)
    }

    @Test("every scalar below U+0300 comes back from a string and from a key, at every distance")
    func roundTrip() throws {
        for padding in 0..<9 {
            let before = String(repeating: "p", count: padding)
            for value in UInt32(0)..<0x300 {
                let text = before + String(try #require(Unicode.Scalar(value))) + "after"
                let document: JSONValue = .object([text: .string(text)])
                #expect(try JSONValue(parsing: document.encoded()) == document)
            }
        }
    }

    @Test("bytes that are no UTF-8 are written as replacement characters")
    func repairsBytes() throws {
        var writer = JSONWriter()
        writer.string(utf8: [0x61, 0xFF, 0x62, 0xED, 0xA0, 0x80] as [UInt8])
        try JSONScanner.validate(writer.bytes)
        #expect(String(decoding: writer.bytes, as: UTF8.self).hasPrefix("\"a\u{FFFD}b\u{FFFD}"))
    }
}
