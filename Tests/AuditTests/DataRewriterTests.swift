// What becomes of the data of requests and answers.

import JSON
import Testing

@testable import Audit

@Suite struct DataRewriterTests {
    private func rewrite(
        _ json: String, plain: [String] = [], isRaw: Bool = false
    ) -> String? {
        let hash = SaltedHash(salt: Sample.salt)
        let output = LineBuffer()
        output.append("before")
        let isUnderstood = Array(json.utf8).withUnsafeBytes {
            DataRewriter(hash: isRaw ? nil : hash, plainKeys: plain).append($0, to: output)
        }
        let text = String(decoding: output.bytes, as: UTF8.self)
        #expect(text.hasPrefix("before"))
        if !isUnderstood {
            #expect(text == "before", "what was not understood must leave nothing behind")
            return nil
        }
        return String(text.dropFirst("before".count))
    }

    private func hash(_ text: String) -> String { "\"" + Sample.hash(text) + "\"" }

    @Test("strings become digests; keys, numbers, true, false and null stay")
    func kinds() {
        let json = #"{"a":"x","b":-1.50e+3,"c":true,"d":false,"e":null,"f":{"g":["y",7]}}"#
        let expected =
            #"{"a":\#(hash("x")),"b":-1.50e+3,"c":true,"d":false,"e":null,"#
            + #""f":{"g":[\#(hash("y")),7]}}"#
        #expect(rewrite(json) == expected)
    }

    @Test("a digest is of the text and not of its spelling")
    func escapes() {
        let spelt = #"{"k":"a\u0062\"\\\n\ud83d\ude00\/"}"#
        #expect(rewrite(spelt) == "{\"k\":\(hash("ab\"\\\n😀/"))}")
        #expect(rewrite(#"{"k":""}"#) == "{\"k\":\(hash(""))}")
    }

    @Test("a quote behind backslashes ends a string only if they pair up")
    func backslashes() {
        #expect(rewrite(#"{"k":"a\\","l":"b"}"#) == "{\"k\":\(hash("a\\")),\"l\":\(hash("b"))}")
        #expect(rewrite(#"{"k":"a\\\"","l":1}"#) == "{\"k\":\(hash("a\\\"")),\"l\":1}")
    }

    @Test(
        "space between tokens goes, so that no body can begin a line of its own",
        arguments: [
            false, true,
        ])
    func space(isRaw: Bool) {
        let result = rewrite("{\r\n \"a\" :\t[ 1 ,\n2 ] }\n", isRaw: isRaw)
        #expect(result == #"{"a":[1,2]}"#)
    }

    @Test("a mount's plain keys are plain at any depth, their arrays too, and nothing else is")
    func plainKeys() {
        let json =
            #"{"cn":"host","x":{"cn":["a","b"],"z":"s"},"cn2":"t","list":[{"cn":"u"},"v"],"#
            + #""cn3":[{"cn":"w"}]}"#
        let expected =
            #"{"cn":"host","x":{"cn":["a","b"],"z":\#(hash("s"))},"cn2":\#(hash("t")),"#
            + #""list":[{"cn":"u"},\#(hash("v"))],"cn3":[{"cn":"w"}]}"#
        #expect(rewrite(json, plain: ["cn"]) == expected)
        // An object below a plain key has keys of its own, and after it the array's key holds on.
        #expect(
            rewrite(#"{"cn":[{"a":"x"},"y"]}"#, plain: ["cn"])
                == #"{"cn":[{"a":\#(hash("x"))},"y"]}"#)
    }

    @Test("a plain key counts however it is spelt in JSON")
    func escapedKey() {
        #expect(rewrite(#"{"c\u006e":"x"}"#, plain: ["cn"]) == #"{"c\u006e":"x"}"#)
    }

    @Test("raw devices get strings as they came")
    func raw() {
        #expect(rewrite(#"{"k":"a\u0062 c"}"#, isRaw: true) == #"{"k":"a\u0062 c"}"#)
    }

    @Test(
        "what is no JSON is given up and not passed through",
        arguments: [
            "{\"a\":\"x", "{", "}", "{\"a\":\u{1}}", "[1", "{\"a\":secret!}", "{\"a\":secret}",
            "not json: hunter2", "{\"a\":1secret}", "{\"a\":trues}", "<xml>",
            "{\"a\":\"\\\"}",
        ])
    func broken(json: String) {
        #expect(rewrite(json) == nil)
    }

    @Test("no mutilation of a document brings a secret out of it")
    func mutilation() throws {
        let secret = "S3CRETS3CRET"
        let json = Array(
            #"{"a":"\#(secret)","b":["\#(secret)",{"c":"x\\\"\#(secret)"}],"n":12}"#.utf8)
        var random = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            var bytes = json
            let place = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<3, using: &random) {
            case 0: bytes.remove(at: place)
            case 1: bytes[place] = UInt8.random(in: 0...255, using: &random)
            default: bytes.insert(UInt8.random(in: 0...127, using: &random), at: place)
            }
            // The core's scanner lets through what is JSON; only there may the rewriter speak.
            guard (try? JSONValue(parsing: bytes)) != nil else { continue }
            let result = try #require(rewrite(String(decoding: bytes, as: UTF8.self)))
            let value = try JSONValue(parsing: result)
            #expect(!strings(value).contains { !$0.hasPrefix("hmac-sha256:") })
        }
    }

    private func strings(_ value: JSONValue) -> [String] {
        switch value {
        case .string(let text): [text]
        case .array(let elements): elements.flatMap(strings)
        case .object(let object): object.members.flatMap { strings($0.value) }
        default: []
        }
    }
}

@Suite struct ListElisionTests {
    private func elide(_ json: String, plain: [String] = []) -> String {
        let rewriter = DataRewriter(hash: SaltedHash(salt: Sample.salt), plainKeys: plain)
        let output = LineBuffer()
        let isUnderstood = Array(json.utf8).withUnsafeBytes {
            ListElision(rewriter: rewriter).append($0, to: output)
        }
        #expect(isUnderstood)
        return String(decoding: output.bytes, as: UTF8.self)
    }

    @Test("names and their information become numbers")
    func counts() {
        let json = #"{"keys":["a","b",{"c":[1]}],"key_info":{"a":{"x":1},"b":{}}, "more":"s"}"#
        #expect(elide(json) == #"{"keys":3,"key_info":2,"more":"\#(Sample.hash("s"))"}"#)
        #expect(elide("{}") == "{}")
    }

    @Test("members of other shapes are written as always")
    func otherShapes() {
        let json = #"{"keys":"one","key_info":["a"]}"#
        let expected =
            #"{"keys":"\#(Sample.hash("one"))","key_info":["\#(Sample.hash("a"))"]}"#
        #expect(elide(json) == expected)
        #expect(
            elide(#"{"cn":["a"],"x":["b"]}"#, plain: ["cn"])
                == #"{"cn":["a"],"x":["\#(Sample.hash("b"))"]}"#)
    }
}
