// Looking into documents without a tree.

import JSON
import Testing

@Suite struct ScannerTests {
    private func text(_ name: String, in document: String) -> String? {
        let bytes = Array(document.utf8)
        return JSONScanner.member(name, in: bytes).map {
            String(decoding: bytes[$0], as: UTF8.self)
        }
    }

    @Test(
        "a member's value is found whole, whatever its kind",
        arguments: [
            #""text""#, #""with \" quote, } and ]""#, #""\\""#, "0", "-1.5e3", "true", "null", "{}",
            "[]",
            #"{"name":1,"b":[{"c":"}"}]}"#, #"[1,[2,"]"],{"name":3}]"#, #""é€😀""#,
        ])
    func findsValue(_ value: String) {
        #expect(text("name", in: "{\"name\":\(value)}") == value)
        #expect(
            text("name", in: " { \"a\" : [ 1 ] ,\n \"name\" : \(value) , \"z\" : 0 } ") == value)
        #expect(text("last", in: "{\"name\":\(value),\"last\":7}") == "7")
        #expect(text("name", in: "{\"name\" :\t\(value) }") == value)
    }

    @Test("a name in a nested object, in a string or as a value is not the member")
    func onlyTopLevel() {
        #expect(text("x", in: #"{"a":{"x":1},"b":"x","c":["x",1],"d":"\"x\":1"}"#) == nil)
        #expect(text("x", in: "{}") == nil)
        #expect(text("x", in: #"["x"]"#) == nil)
        #expect(text("x", in: #""x""#) == nil)
        #expect(text("x", in: "") == nil)
    }

    @Test("a key with escapes is found by what it stands for")
    func escapedKey() {
        #expect(text("token", in: #"{"tok\u0065n":"s"}"#) == #""s""#)
        #expect(text("é", in: #"{"\u00e9":1}"#) == "1")
        #expect(text("e\u{301}", in: #"{"\u00e9":1}"#) == nil)
        #expect(text(#"tok\u0065n"#, in: #"{"tok\u0065n":"s"}"#) == nil)
        #expect(text("", in: #"{"a":1,"":2}"#) == "2")
    }

    @Test("members and elements are visited in order, and strings are read from their ranges")
    func visits() {
        let bytes = Array(#"{"b":"x\ny","\u0061":[1,"\ud83d\ude00"],"":{}}"#.utf8)
        bytes.withUnsafeBytes { bytes in
            var keys: [String] = []
            var values: [String] = []
            JSONScanner.forEachMember(in: bytes) { key, value in
                keys.append(JSONScanner.string(inside: key, of: bytes))
                values.append(
                    JSONScanner.stringValue(at: value, of: bytes)
                        ?? String(decoding: bytes[value], as: UTF8.self))
            }
            #expect(keys == ["b", "a", ""])
            #expect(values == ["x\ny", #"[1,"\ud83d\ude00"]"#, "{}"])
        }
        let array = Array(#"[ 1 , "two", [3], {"four":4} ]"#.utf8)
        array.withUnsafeBytes { bytes in
            var elements: [String] = []
            JSONScanner.forEachElement(in: bytes) { range in
                elements.append(String(decoding: bytes[range], as: UTF8.self))
            }
            #expect(elements == ["1", #""two""#, "[3]", #"{"four":4}"#])
        }
    }

    @Test("only an object is an object, and only an empty one is empty")
    func kinds() {
        func isEmpty(_ text: String) -> Bool {
            Array(text.utf8).withUnsafeBytes { JSONScanner.isEmptyObject($0) }
        }
        #expect(JSONScanner.isObject(Array(" \n{}".utf8)))
        for text in ["[]", "null", "\"{\"", "", "  "] {
            #expect(!JSONScanner.isObject(Array(text.utf8)))
            #expect(!isEmpty(text))
        }
        #expect(isEmpty(" { } "))
        #expect(!isEmpty(#"{"a":1}"#))
    }
}
