// Statements and what is filled into them.

import PluginSDK
import Testing

@testable import Database

@Suite struct StatementTests {
    private static let mean = #"x'"; DROP ROLE root; --\$$`"#

    private static func fill(
        _ text: String, _ value: String, _ dialect: SQLText.Dialect = .postgreSQL
    ) throws -> [String] {
        try SQLText.statements([text], dialect, [("name", value)])
    }

    @Test(
        "statements end at semicolons that are not in quotes or comments",
        arguments: [
            ("a; b ;; c", ["a", " b ", " c"]),
            ("a ';' b", ["a ';' b"]),
            ("a \";\" b; c", ["a \";\" b", " c"]),
            ("a 'it''s; so' ; b", ["a 'it''s; so' ", " b"]),
            ("a E'\\'; ' ; b", ["a E'\\'; ' ", " b"]),
            ("a '\\'; b", ["a '\\'", " b"]),
            ("a $$ ; $$ ; b", ["a $$ ; $$ ", " b"]),
            ("a $x$ ; $$ ; $x$ ; b", ["a $x$ ; $$ ; $x$ ", " b"]),
            ("a$1; b", ["a$1", " b"]),
            ("a -- ; \n; b", ["a -- ; \n", " b"]),
            ("a /* ; /* ; */ ; */ ; b", ["a /* ; /* ; */ ; */ ", " b"]),
            ("", []),
            ("  ;\n; ", []),
        ])
    func split(text: String, statements: [String]) throws {
        #expect(try SQLText.statements([text], .postgreSQL, []) == statements)
    }

    @Test(
        "a text is the statement, base64 of it, a JSON list of statements, or base64 of that",
        arguments: [
            ("a b; c", ["a b", " c"]),
            ("YSBiOyBj", ["a b", " c"]),
            ("YSBi\nOyBj\n", ["a b", " c"]),
            (#"["a b; c", "d"]"#, ["a b", " c", "d"]),
            (#" [ "a \"b\"" ] "#, [#"a "b""#]),
            ("WyJhIGI7IGMiLCAiZCJd", ["a b", " c", "d"]),
            ("[]", []),
        ])
    func written(text: String, statements: [String]) throws {
        #expect(try SQLText.statements([text], .postgreSQL, []) == statements)
        #expect(try SQLText.statements([text, "e"], .mySQL, []) == statements + ["e"])
    }

    @Test(
        "what only looks like base64 or JSON stays what it is",
        arguments: [
            // Words; what comes out of them is not readable, or is a word.
            "ROLLBACK", "SELECTED", "YWJj", "YWJjZGVm", "abcd",
            // Not whole, not canonical, of the other alphabet, or with something else beside it.
            "YSBiOyBjCg", "YSBiOyBjCh==", "YSBiP_8-", "YSBi YSBi", "YSBiOyBj'",
            // Control characters, and no UTF-8.
            "YSAAYiAgICAg", "YSAbYiAg", "YSD/YiAg",
            "[1]", #"["a", 1]"#, #"["a""#, "[a]", #"{"a": 1}"#, #""a""#, "null",
        ])
    func looksAlike(text: String) throws {
        #expect(try SQLText.statements([text], .postgreSQL, []) == [text])
    }

    @Test("what is filled in is not read again")
    func notReadAgain() throws {
        #expect(try Self.fill("{{name}}", "YSBiOyBj") == ["YSBiOyBj"])
        #expect(try Self.fill("WyJhICd7e25hbWV9fSciXQ==", #"["x"]"#) == [#"a '["x"]'"#])
    }

    @Test(
        "a value is written for the quotes that it stands in",
        arguments: [
            ("'{{name}}'", #"'x''"; DROP ROLE root; --\$$`'"#),
            ("\"{{ name }}\"", #""x'""; DROP ROLE root; --\$$`""#),
            ("E'{{name}}'", #"E'x''"; DROP ROLE root; --\\$$`'"#),
            ("'a''{{name}}'", #"'a''x''"; DROP ROLE root; --\$$`'"#),
        ])
    func quoted(text: String, filled: String) throws {
        #expect(try Self.fill(text, Self.mean) == [filled])
    }

    @Test(
        "the other dialect has other quotes",
        arguments: [
            ("'{{name}}'", #"'x''"; DROP ROLE root; --\\$$`'"#),
            ("`{{name}}`", #"`x'"; DROP ROLE root; --\$$```"#),
            ("'a\\'{{name}}'", #"'a\'x''"; DROP ROLE root; --\\$$`'"#),
        ])
    func mySQL(text: String, filled: String) throws {
        #expect(try Self.fill(text, Self.mean, .mySQL) == [filled])
    }

    @Test(
        "a value that would leave its place is refused",
        arguments: ["{{name}}", "a {{name}} b", "$$ '{{name}}' $$", "$x$ {{name}} $x$"])
    func refused(text: String) {
        #expect(throws: DatabaseError(.invalid, "")) {
            try Self.fill(text, Self.mean)
        }
        #expect(throws: DatabaseError(.invalid, "")) { try Self.fill("'{{name}}'", "a\0b") }
    }

    @Test("what is harmless needs no quotes")
    func plain() throws {
        #expect(try Self.fill("CREATE ROLE {{name}}", "app_1") == ["CREATE ROLE app_1"])
        #expect(throws: DatabaseError.self) { try Self.fill("CREATE ROLE {{name}}", "a--b") }
        #expect(try Self.fill("$$ {{name}} $$", "a-b") == ["$$ a-b $$"])
    }

    @Test("unknown placeholders and those in comments stay, and values are not looked at again")
    func left() throws {
        #expect(try Self.fill("'{{other}}'", "x") == ["'{{other}}'"])
        #expect(try Self.fill("a /* {{name}} */", "x") == ["a /* {{name}} */"])
        #expect(try Self.fill("'{{name}}'", "{{name}}") == ["'{{name}}'"])
        #expect(try Self.fill("'{{name", "x") == ["'{{name"])
    }
}
