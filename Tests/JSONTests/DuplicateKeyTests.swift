// No object may have a key twice, however the key is spelled and however large the object is.

import JSON
import Testing

@Suite struct DuplicateKeyTests {
    @Test(
        "a key that comes twice is refused, spelled with escapes or not",
        arguments: [
            #"{"a":1,"a":2}"#, #"{"":1,"":2}"#, #"{"a":1,"\u0061":2}"#, #"{"\u0061":1,"a":2}"#,
            #"{"\u0061":1,"\u0061":2}"#, #"{"é":1,"\u00e9":2}"#, #"{"€":1,"\u20AC":2}"#,
            #"{"😀":1,"\ud83d\ude00":2}"#, #"{"a/b":1,"a\/b":2}"#, #"{"tab\t":1,"tab\u0009":2}"#,
            #"{"longer than eight bytes":1,"b":2,"longer than eight byte\u0073":3}"#,
            #"{"\u0000":1,"\u0000":2}"#, #"[[{"x":{"a":1,"b":{},"a":2}}]]"#,
            #"{"outer":{"a":1},"b":{"c":1},"outer":0}"#, #"{"12345678":1,"1234567\u0038":2}"#,
        ])
    func refused(_ text: String) throws {
        let error = try #require(throws: JSONError.self) {
            try JSONScanner.validate(Array(text.utf8))
        }
        #expect(error.code == .duplicateKey)
        #expect(throws: error) { _ = try JSONValue(parsing: text) }
    }

    @Test("the place of the error is that of the second key")
    func place() throws {
        let error = try #require(throws: JSONError.self) {
            try JSONScanner.validate(Array(#"{"a":1,"b":2,"a":3}"#.utf8))
        }
        #expect(error.offset == 13)
    }

    @Test(
        "keys that only look alike are different keys",
        arguments: [
            #"{"a":1,"A":2,"a ":3,"":4}"#, "{\"\u{E9}\":1,\"e\u{301}\":2}", #"{"a":{"a":{"a":1}}}"#,
            #"[{"a":1},{"a":2}]"#, #"{"a\u0000":1,"a":2}"#,
            #"{"12345678x87654321":1,"12345678y87654321":2}"#,
            #"{"\\u0061":1,"a":2}"#,
        ])
    func accepted(_ text: String) throws {
        let value = try JSONValue(parsing: text)
        #expect(try JSONValue(parsing: value.encoded()) == value)
    }

    @Test(
        "the rule holds at every size, at every place",
        arguments: [2, 3, 15, 16, 17, 18, 63, 64, 65, 129, 1000, 10_000])
    func everySize(_ count: Int) throws {
        let members = (0..<count).map { #""key-number-\#($0)":\#($0)"# }
        try JSONScanner.validate(Array("{\(members.joined(separator: ","))}".utf8))
        for copied in [0, (count - 1) / 2, count - 2] {
            var twice = members
            twice[count - 1] = #""key-n\u0075mber-\#(copied)":0"#
            let error = try #require(throws: JSONError.self) {
                try JSONScanner.validate(Array("{\(twice.joined(separator: ","))}".utf8))
            }
            #expect(error.code == .duplicateKey)
        }
    }

    @Test("keys of the objects around do not count, and more open keys than fit the stack are kept")
    func nested() throws {
        let level = (0..<10).map { #""k\#($0)":0"# }.joined(separator: ",")
        var text = "{}"
        for _ in 0..<100 { text = #"{\#(level),"inner":\#(text)}"# }
        try JSONScanner.validate(Array(text.utf8))
        let broken = text.dropLast() + #","k0":1}"#
        #expect(throws: JSONError.self) { try JSONScanner.validate(Array(broken.utf8)) }
    }

    @Test("keys made to share their fingerprint are told apart in bearable time")
    func sameFingerprint() throws {
        // The first and the last eight bytes and the length are all the same.
        let members = (0..<10_000).map { number in
            let digits = String(number)
            let middle = String(repeating: "0", count: 5 - digits.utf8.count) + digits
            return #""prefix--\#(middle)--suffix":0"#
        }
        try JSONScanner.validate(Array("{\(members.joined(separator: ","))}".utf8))
    }
}
