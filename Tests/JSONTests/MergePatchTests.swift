// RFC 7396, its examples and what they leave open.

import JSON
import Testing

@Suite struct MergePatchTests {
    @Test(
        "the examples of RFC 7396 hold",
        arguments: [
            (#"{"a":"b"}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
            (#"{"a":"b"}"#, #"{"b":"c"}"#, #"{"a":"b","b":"c"}"#),
            (#"{"a":"b"}"#, #"{"a":null}"#, #"{}"#),
            (#"{"a":"b","b":"c"}"#, #"{"a":null}"#, #"{"b":"c"}"#),
            (#"{"a":["b"]}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
            (#"{"a":"c"}"#, #"{"a":["b"]}"#, #"{"a":["b"]}"#),
            (#"{"a":{"b":"c"}}"#, #"{"a":{"b":"d","c":null}}"#, #"{"a":{"b":"d"}}"#),
            (#"{"a":[{"b":"c"}]}"#, #"{"a":[1]}"#, #"{"a":[1]}"#),
            (#"["a","b"]"#, #"["c","d"]"#, #"["c","d"]"#),
            (#"{"a":"b"}"#, #"["c"]"#, #"["c"]"#),
            (#"{"a":"foo"}"#, "null", "null"),
            (#"{"a":"foo"}"#, #""bar""#, #""bar""#),
            (#"{"e":null}"#, #"{"a":1}"#, #"{"e":null,"a":1}"#),
            (#"[1,2]"#, #"{"a":"b","c":null}"#, #"{"a":"b"}"#),
            (#"{}"#, #"{"a":{"bb":{"ccc":null}}}"#, #"{"a":{"bb":{}}}"#),
        ])
    func examples(_ target: String, _ patch: String, _ result: String) throws {
        var value = try JSONValue(parsing: target)
        value.mergePatch(try JSONValue(parsing: patch))
        #expect(value.encodedString() == result)
    }

    @Test("members that stay keep their place and their digits")
    func keepsOrder() throws {
        var value = try JSONValue(parsing: #"{"z":1.50,"y":{"b":1,"a":2},"x":3}"#)
        value.mergePatch(["y": ["a": 9, "c": 1], "x": nil, "w": 0])
        #expect(value.encodedString() == #"{"z":1.50,"y":{"b":1,"a":9,"c":1},"w":0}"#)
    }

    @Test("a patch that removes thousands of members takes time in proportion")
    func largeRemoval() {
        var value = JSONValue.object(JSONObject((0..<10_000).map { ("k\($0)", .int($0)) }))
        let patch = JSONValue.object(
            JSONObject((0..<10_000).filter { $0 != 77 }.map { ("k\($0)", nil) }))
        value.mergePatch(patch)
        #expect(value.encodedString() == #"{"k77":77}"#)
    }
}
