// The rules are worth what the scanner below them is.

import Testing

@Suite struct ScannerTests {
    private func lines(_ text: String) -> [SwiftSource.Line] {
        SwiftSource(path: "x.swift", text: text).lines
    }

    @Test("comments and the content of strings are no code")
    func kinds() throws {
        let line = try #require(lines(#"a("b // c") /* d /* e */ f */ + g // h "i""#).first)
        #expect(line.code.split(separator: " ") == [#"a(""#, #"")"#, "+", "g"])
        #expect(line.comment == #"/* d /* e */ f */// h "i""#)
        #expect(line.literals == ["b // c"])
    }

    @Test("an interpolation is code, with strings of its own")
    func interpolation() throws {
        let line = try #require(lines(##"x = "a\(f("b)", #"\c"#))d" + #"e\(g)\#(h)"#"##).first)
        #expect(line.literals == ["a", "b)", #"\c"#, "d", #"e\(g)"#])
        #expect(line.code.contains(word: "f") && line.code.contains(word: "h"))
        #expect(!line.code.contains(word: "g"))
    }

    @Test("an escaped quote ends no string, and a string of several lines ends at its own quotes")
    func ends() {
        #expect(lines(#"a("b\"c\\") + d"#)[0].literals == [#"b\"c\\"#])
        let text = lines("a = \"\"\"\n  b \"c\" // d\n  \"\"\" + e // f\n")
        #expect(text.map(\.number) == [1, 2, 3])
        #expect(text[1].literals == [#"  b "c" // d"#])
        #expect(text[2].code.contains(word: "e"))
        #expect(text[2].comment == "// f")
    }

    @Test("a word is found on its own only")
    func words() {
        #expect("as! x".contains(word: "as!") && !"has! x".contains(word: "as!"))
        #expect("a print(".contains(word: "print(") && !"sprint(".contains(word: "print("))
        #expect("// XXX".contains(word: "XXX") && !#"// \uXXXX"#.contains(word: "XXX"))
    }

    @Test("the package's own files are found")
    func files() {
        let paths = Set(Repository.swiftFiles.map(\.path))
        #expect(paths.contains("Tests/Architecture/ScannerTests.swift"))
        #expect(paths.contains("Sources/coffer/main.swift"))
        #expect(paths.contains("Plugins/kv/KVPlugin.swift"))
        #expect(paths.count > 300)
    }
}
