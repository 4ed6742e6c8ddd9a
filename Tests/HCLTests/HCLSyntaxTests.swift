// What the native syntax means.

import HCL
import Testing

@Suite("HCL's native syntax")
struct HCLSyntaxTests {
    private func parse(_ text: String) throws -> HCLBody {
        try HCLFile.parse(text, name: "test")
    }

    private func value(_ text: String) throws -> HCLValue {
        try #require(try parse("x = \(text)").attribute("x")).value
    }

    @Test("attributes hold strings, numbers, booleans, lists and objects, each with its place")
    func attributes() throws {
        let body = try parse(
            """
            name = "a"   # comment
            // another
            count = 12 /* and
            another */ flag = true
            list = [1, "two", false, [3], {four = 4},]
            """)
        #expect(body.items.map(\.name) == ["name", "count", "flag", "list"])
        #expect(body.attribute("name")?.value.stringValue == "a")
        #expect(body.attribute("count")?.value.intValue == 12)
        #expect(body.attribute("flag")?.value.boolValue == true)
        #expect(body.attribute("flag")?.position == HCLPosition(line: 4, column: 12))
        let list = try #require(body.attribute("list")?.value.listValue)
        #expect(list.count == 5)
        #expect(list[1].position == HCLPosition(line: 5, column: 12))
        #expect(list[3].listValue?.first?.intValue == 3)
        #expect(list[4].objectValue?.attribute("four")?.value.intValue == 4)
    }

    @Test("columns count characters, not bytes")
    func columns() throws {
        let body = try parse("\"ä😀\" = 1, b = 2")
        #expect(body.items[1].position == HCLPosition(line: 1, column: 11))
        #expect(body.items[1].name == "b")
    }

    @Test("blocks take quoted and bare labels and nest")
    func blocks() throws {
        let body = try parse(
            """
            listener "tcp" { address = "x" }
            seal shamir { inner { deep = 1 } }
            empty {}
            """)
        guard case .block(let listener) = body.items[0], case .block(let seal) = body.items[1]
        else {
            Issue.record("blocks expected")
            return
        }
        #expect(listener.labels.map(\.text) == ["tcp"])
        #expect(listener.labels[0].position == HCLPosition(line: 1, column: 10))
        #expect(seal.labels.map(\.text) == ["shamir"])
        guard case .block(let inner) = seal.body.items[0] else {
            Issue.record("a nested block expected")
            return
        }
        #expect(inner.body.attribute("deep")?.value.intValue == 1)
    }

    @Test(
        "escapes are resolved and interpolations are left alone",
        arguments: [
            (#""a\tb\n\"\\""#, "a\tb\n\"\\"),
            (#""\u00e4\U0001F600\x41\101""#, "ä😀AA"),
            (#""${a("{}")}""#, #"${a("{}")}"#),
            (#""pre ${ {a = "b\n"} } post""#, #"pre ${ {a = "b\n"} } post"#),
            (#""$ {} $""#, "$ {} $"),
            (#""{{identity.entity.id}}/*""#, "{{identity.entity.id}}/*"),
            ("\"ünïcödé\"", "ünïcödé"),
        ])
    func strings(_ text: String, _ expected: String) throws {
        #expect(try value(text).stringValue == expected)
    }

    @Test("a heredoc keeps its lines, and the indented form loses the closing word's indentation")
    func heredocs() throws {
        #expect(try value("<<EOT\none\n  two\nEOT\ny = 1").stringValue == "one\n  two\n")
        #expect(try value("<<-EOT\n    one\n      two\n    EOT\n").stringValue == "one\n  two\n")
        // One line is indented less, so nothing is taken off.
        #expect(try value("<<-EOT\n    one\n two\n    EOT\n").stringValue == "    one\n two\n")
        #expect(try value("<<EOT\nEOT").stringValue == "")
        #expect(try value("<<EOT\nEOTX\n EOT").stringValue == "EOTX\n")
        #expect(try value("<<EOT\r\na\r\nEOT\r\n").stringValue == "a\r\n")
        #expect(try parse("a = <<E\nx\nE\nb = 2").attribute("b")?.position.line == 4)
    }

    @Test(
        "numbers are decimal, hexadecimal or octal, and may have an exponent",
        arguments: [
            ("0", 0), ("8200", 8200), ("-5", -5), ("0x1F", 31), ("0755", 493), ("1e3", 1000),
            ("2.5e1", 25),
        ])
    func wholeNumbers(_ text: String, _ expected: Int) throws {
        #expect(try value(text).intValue == expected)
    }

    @Test("a fraction and a number beyond 64 bits are not whole numbers")
    func otherNumbers() throws {
        #expect(try value("1.5").intValue == nil)
        #expect(try value("1.5").doubleValue == 1.5)
        #expect(try value("99999999999999999999").intValue == nil)
        #expect(try value("9223372036854775808").intValue == nil)
        #expect(try value("1e400").intValue == nil)
    }

    @Test("a name that only looks the same is another name")
    func namesAreBytes() throws {
        // U+212A KELVIN SIGN is canonically equivalent to K.
        let body = try parse("\"\u{212A}ey\" = 1\nKey = 2")
        #expect(body.attribute("Key")?.value.intValue == 2)
        #expect(body.attribute("\u{212A}ey")?.value.intValue == 1)
    }

    @Test(
        "every spelling of a labelled block is the same section",
        arguments: [
            #"path "a" { x = 1 } path "b" { x = 2 }"#,
            #"path = { "a" = { x = 1 }, "b" = { x = 2 } }"#,
            #"path { "a" { x = 1 } b = { x = 2 } }"#,
            #"path = [{ "a" = { x = 1 } }, { "b" { x = 2 } }]"#,
            #"{"path": {"a": {"x": 1}, "b": {"x": 2}}}"#,
            #"{"path": [{"a": {"x": 1}}, {"b": [{"x": 2}]}]}"#,
        ])
    func sections(_ text: String) throws {
        let sections = try parse(text).sections("path", labelCount: 1)
        #expect(sections.map { $0.labels[0].text } == ["a", "b"])
        #expect(sections.map { $0.body.attribute("x")?.value.intValue } == [1, 2])
    }

    @Test(
        "a section with too many labels, or none where a block should be, is an error with its place"
    )
    func wrongSections() throws {
        let tooMany = try parse(#"path "a" "b" {}"#)
        #expect(
            throws: HCLError(
                .unexpectedShape, at: HCLPosition(line: 1, column: 10), "path takes only 1 label")
        ) {
            try tooMany.sections("path", labelCount: 1)
        }
        let noBlock = try parse("path = 3")
        #expect(
            throws: HCLError(
                .unexpectedShape, at: HCLPosition(line: 1, column: 8),
                "path must be a block, not a number")
        ) {
            try noBlock.sections("path", labelCount: 1)
        }
    }
}
