// How long files and lines may be, and how a file begins. What swift-format sees is its business;
// it looks neither at comments nor at files as a whole.

import Testing

@Suite struct FormTests {
    static let maxLines = 400
    static let maxColumns = 100

    static func longFile(_ source: SwiftSource) -> [Finding] {
        guard let last = source.lines.last, last.number > maxLines else { return [] }
        return [source.finding(last, "over \(maxLines) lines; one noun, rule or path per file")]
    }

    /// In tests, a line that is nothing but a literal may be longer: a vector or an expected text
    /// is easier to compare in one piece.
    static func longLines(_ source: SwiftSource) -> [Finding] {
        source.lines.compactMap { line in
            guard line.text.utf8.count > maxColumns, line.text.count > maxColumns else {
                return nil
            }
            if source.path.hasPrefix("Tests/"), isOneLiteral(line) { return nil }
            return source.finding(line, "\(line.text.count) columns; \(maxColumns) are the limit")
        }
    }

    /// Before the literal stands an operator at most, behind it what closes a list.
    private static func isOneLiteral(_ line: SwiftSource.Line) -> Bool {
        guard let around = line.aroundLiterals else { return false }
        let operators = line.text.utf8.prefix(around.before).filter { $0 != UInt8(ascii: " ") }
        return operators.count <= 2 && !operators.contains { $0.isWordByte } && around.after <= 3
    }

    static func unopened(_ source: SwiftSource) -> [Finding] {
        guard let first = source.lines.first, !isOpening(first.text) else { return [] }
        return [source.finding(first, "open the file with a comment that says what it is for")]
    }

    private static func isOpening(_ line: String) -> Bool {
        (line.hasPrefix("// ") || line.hasPrefix("/// ")) && line.utf8.count > 12
    }

    @Test("no file is too long to be read in one go")
    func fileLength() { expectNone(Repository.swiftFiles.flatMap(Self.longFile)) }

    @Test("lines fit their columns, comments too")
    func lineLength() { expectNone(Repository.swiftFiles.flatMap(Self.longLines)) }

    @Test("every file of the product opens by saying what it is for")
    func openings() { expectNone(Repository.productFiles.flatMap(Self.unopened)) }

    @Test("swift-format has its rules")
    func formatConfiguration() throws {
        let text = try #require(Repository.text(of: ".swift-format"))
        #expect(text.contains("\"lineLength\": \(Self.maxColumns)"))
    }

    @Test("these rules find what they are for")
    func rulesFire() {
        let long = String(repeating: "x", count: 101)
        let source = { SwiftSource(path: "Sources/x.swift", text: $0) }
        let test = { SwiftSource(path: "Tests/x.swift", text: $0) }
        #expect(Self.longFile(source(String(repeating: "\n", count: 401))).map(\.line) == [401])
        #expect(Self.longFile(source(String(repeating: "\n", count: 400))).isEmpty)
        #expect(Self.longLines(source("\n\(long)")).map(\.line) == [2])
        #expect(Self.longLines(source("\"\(long)\"")).count == 1)
        #expect(Self.longLines(test("    + \"\(long)\")),")).isEmpty)
        #expect(Self.longLines(test("call(\"\(long)\")")).count == 1)
        #expect(Self.longLines(test("// \(long)")).count == 1)
        #expect(Self.unopened(source("import Glibc\n")).count == 1)
        #expect(Self.unopened(source("// The form of things.\n")).isEmpty)
    }
}
