import Glibc
import JSON
import Testing

@testable import CLI

@Suite("key=value arguments")
struct KeyValueArgumentsTests {
    private func build(_ arguments: [String], input: String = "") throws -> JSONValue {
        var builder = KeyValueArguments(readStandardInput: { Array(input.utf8) })
        for (index, argument) in arguments.enumerated() {
            try builder.add(argument, position: index + 1)
        }
        return .object(builder.object)
    }

    @Test("values are strings, whatever they look like")
    func strings() throws {
        #expect(
            try build(["a=1", "b=true", "c=null", "d=", "e=x=y"])
                == ["a": "1", "b": "true", "c": "null", "d": "", "e": "x=y"])
    }

    @Test("a key given again becomes a list")
    func lists() throws {
        #expect(try build(["a=1", "a=2", "a=3"]) == ["a": ["1", "2", "3"]])
    }

    @Test("a backslash keeps the sign at the beginning from reading a file")
    func escaped() throws {
        #expect(try build([#"a=\@x"#, "b=me@example.org"]) == ["a": "@x", "b": "me@example.org"])
    }

    @Test("a value is read from a file with every byte, line end included")
    func file() async throws {
        try await withTemporaryFolder { folder in
            try LocalFile.replace(folder + "/v", with: Array("two\nlines\n".utf8))
            #expect(try build(["a=@\(folder)/v"]) == ["a": "two\nlines\n"])
        }
    }

    @Test("a value is read from standard input, once")
    func input() throws {
        #expect(try build(["a=-"], input: "from stdin") == ["a": "from stdin"])
        #expect(throws: UsageError.self) { try build(["a=-", "b=-"], input: "x") }
    }

    @Test("a JSON object keeps its types and the digits of its numbers")
    func json() throws {
        let text = #"{"n":1.10,"big":12345678901234567890,"l":[true,null],"o":{"x":{}}}"#
        #expect(try build(["-"], input: text).encodedString() == text)
    }

    @Test(
        "JSON that is not an object, or not JSON, is refused", arguments: ["[1]", "\"x\"", "{", ""])
    func notObject(text: String) {
        #expect(throws: UsageError.self) { try build(["-"], input: text) }
    }

    @Test("no message repeats an argument")
    func noEcho() {
        for arguments in [["user=x", "hunter2secret"], ["=hunter2secret"]] {
            let error = #expect(throws: UsageError.self) { try build(arguments) }
            #expect(error?.message.contains("hunter2") == false)
        }
    }

    @Test("bytes that are not text are refused rather than changed")
    func notText() async throws {
        try await withTemporaryFolder { folder in
            try LocalFile.replace(folder + "/v", with: [0xFF, 0xFE, 0x00])
            #expect(throws: UsageError.self) { try build(["a=@\(folder)/v"]) }
        }
    }
}
