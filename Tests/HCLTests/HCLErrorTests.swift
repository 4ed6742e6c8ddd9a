// Broken texts: where the error is, what it says, and what it must not say.

import HCL
import Testing

@Suite("Broken HCL")
struct HCLErrorTests {
    private func error(_ text: String, limits: HCLLimits = .standard) -> HCLError? {
        do throws(HCLError) {
            _ = try HCLFile.parse(text, name: "test", limits: limits)
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "an error names its line and column and what was expected",
        arguments: [
            ("path \"x\" {\n  a = 1\n", "3:1: expected \"}\" or a name, found the end of the text"),
            ("a = \n}", "2:1: expected a value, found \"}\""),
            ("a b = 1", "1:5: expected \"{\" or a label, found \"=\""),
            ("a", "1:2: expected \"=\", \"{\" or a label, found the end of the text"),
            ("a = [1 2]", "1:8: expected \",\" or \"]\", found a number"),
            ("}", "1:1: expected a name, found \"}\""),
            ("a = foo", "1:5: expected a value, found a name"),
            ("true = 1", "1:1: expected a name, found a boolean"),
            ("a = 1\n  a = 2", "2:3: this name is already set in the same block"),
            (
                "a = 5m",
                "1:5: malformed number (durations and sizes with a unit are written as strings)"
            ),
            (
                "a = 1.",
                "1:5: malformed number (durations and sizes with a unit are written as strings)"
            ),
            ("a = \"x\ny\"", "1:5: string is not closed at the end of the line"),
            ("a = \"x", "1:5: string is never closed"),
            ("a = \"${x", "1:5: string is never closed (an open \"${\" is in it)"),
            ("a = \"\\q\"", "1:6: unknown or broken escape in a string"),
            ("a = \"\\xff\"", "1:6: unknown or broken escape in a string"),
            ("a = \"\\ud800\"", "1:6: unknown or broken escape in a string"),
            ("a = \"\\x00\"", "1:6: unknown or broken escape in a string"),
            ("a = <<EOT\nx", "1:5: heredoc is never closed"),
            ("a = << EOT\nx", "1:5: a heredoc begins with \"<<\", a word and the end of the line"),
            ("/* x", "1:1: comment is never closed"),
            ("ä = 1", "1:1: unexpected character"),
            ("a = 1 ; b", "1:7: unexpected character"),
            ("{\"a\": 1, \"a\": 2}", "1:10: not valid JSON: the object has the same key twice"),
            ("{\n \"ä\": tru}", "2:10: not valid JSON: unexpected character"),
        ])
    func messages(_ text: String, _ expected: String) {
        #expect(error(text)?.description == expected)
    }

    @Test("an error never quotes what stands in a string")
    func noSecrets() {
        let secret = "hunter2-S3CR3T"
        let texts = [
            "a = \"\(secret)", "a = \"\(secret)\" \"\(secret)\"",
            "a = [\"\(secret)\" \"\(secret)\"]",
            "\"\(secret)\" = 1 \"\(secret)\" = 2", "a = <<E\n\(secret)", "a = \"\(secret)\\q\"",
            "{\"\(secret)\": 1, \"\(secret)\": 2}", "{\"a\": \"\(secret)}", "a = \(secret)",
        ]
        for text in texts {
            let message = error(text)?.description
            #expect(message != nil, "\(text) should not parse")
            #expect(message?.contains("hunter2") == false)
        }
    }

    @Test("a NUL is refused wherever it stands")
    func nul() {
        for text in [
            "\0", "a = \"\0\"", "a = <<E\n\0\nE\n", "a\0 = 1", "{\"a\": \"\\u0000\"}",
            "a = \"${\0}\"",
        ] {
            #expect(error(text) != nil)
        }
        #expect(error("# in a comment it is harmless \0\na = 1") == nil)
    }

    @Test("depth, items and size are bounded, in both syntaxes")
    func limits() {
        let depth = 200
        let nested = String(repeating: "a {", count: depth) + String(repeating: "}", count: depth)
        #expect(error(nested)?.code == .tooDeep)
        let lists = "a = " + String(repeating: "[", count: 100_000)
        #expect(error(lists)?.code == .tooDeep)
        let json =
            String(repeating: "{\"a\":", count: depth) + "1" + String(repeating: "}", count: depth)
        #expect(error(json)?.code == .tooDeep)

        let few = HCLLimits(maxItems: 10)
        #expect(error("a = [1,2,3,4,5,6,7,8,9]", limits: few) == nil)
        #expect(error("a = [1,2,3,4,5,6,7,8,9,10]", limits: few)?.code == .tooManyItems)
        #expect(error("{\"a\": {\"b\": [1,2,3,4,5,6,7,8,9]}}", limits: few)?.code == .tooManyItems)
        #expect(
            error("x " + String(repeating: "l ", count: 10) + "{}", limits: few)?.code
                == .tooManyItems)

        #expect(error(String(repeating: " ", count: 1 << 20)) == nil)
        #expect(error(String(repeating: " ", count: 1 << 20) + " ")?.code == .tooLarge)
    }
}
