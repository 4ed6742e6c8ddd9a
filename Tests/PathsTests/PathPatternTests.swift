// Which paths a pattern takes, and what it captures from them.

import Paths
import Testing

@Suite struct PathPatternTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let pattern: String
        let path: String
        /// "name=value" for each capture in order, nil where the path must not match.
        let captures: [String]?
        init(_ pattern: String, _ path: String, _ captures: [String]?) {
            (self.pattern, self.path, self.captures) = (pattern, path, captures)
        }
        var testDescription: String { "\(pattern) on \(path)" }
    }

    @Test(
        "a pattern takes exactly the paths of its shape",
        arguments: [
            Case("config", "config", []), Case("config", "config/", nil),
            Case("config", "confi", nil),
            Case("config", "configs", nil), Case("config", "", nil), Case("", "", []),
            Case("", "a", nil),
            Case("config", "Config", nil), Case("a.c", "abc", nil),
            Case("data/:path*", "data/a", ["path=a"]),
            Case("data/:path*", "data/a/b/c", ["path=a/b/c"]),
            Case("data/:path*", "data/a/", ["path=a/"]), Case("data/:path*", "data/", nil),
            Case("data/:path*", "data", nil), Case("data/:path*", "metadata/a", nil),
            Case("data/:path*", "data/é/😀", ["path=é/😀"]), Case("data/:path*", "dataa", nil),
            Case("metadata/:path*?", "metadata", ["path="]),
            Case("metadata/:path*?", "metadata/", ["path="]),
            Case("metadata/:path*?", "metadata/a/", ["path=a/"]),
            Case("metadata/:path*?", "metadat", nil),
            Case("metadata/:path*?", "metadata2", nil), Case(":path*?", "", ["path="]),
            Case(":path*?", "a/b", ["path=a/b"]), Case(":a/:b*?", "x", ["a=x", "b="]),
            Case(":a/:b*?", "x/y/z", ["a=x", "b=y/z"]), Case(":path*", "", nil),
            Case("roles/:name", "roles/web", ["name=web"]), Case("roles/:name", "roles/", nil),
            Case("roles/:name", "roles/a/b", nil), Case("roles/:name", "roles/web/", nil),
            Case("roles/:name", "roles//", nil), Case("roles/:name/?", "roles/web/", ["name=web"]),
            Case("roles/:name/?", "roles/web", ["name=web"]),
            Case("roles/:name/?", "roles/web//", nil),
            Case("roles/?", "roles", []), Case("roles/?", "roles/", []),
            Case("roles/?", "roles/x", nil),
            Case("a/:x/b/:y", "a/1/b/2", ["x=1", "y=2"]), Case("a/:x/b/:y", "a/1/c/2", nil),
            Case("a/:x/b/:y", "a//b/2", nil), Case(":x", "a:b", ["x=a:b"]), Case("a:b", "a:b", []),
            Case("a/:p*/b", "a/x/y/b", ["p=x/y"]), Case("a/:p*/b", "a/b", nil),
            Case("a/:p*/b", "a//b", nil), Case("a/:p*/b", "a/x/b/b", ["p=x/b"]),
            Case("a/:p*/b/:q", "a/x/b/b/c", ["p=x/b", "q=c"]),
            Case("a/:p*/:q", "a/x/y", ["p=x", "q=y"]),
            Case("a/:p*/:q", "a/x/", nil),
            Case("a/:p*/:q/:r", "a/w/x/y/z", ["p=w/x", "q=y", "r=z"]),
            Case(":a/:p*/b", "x/y/b", ["a=x", "p=y"]), Case("a/:p*/b", "b", nil),
            Case("data/:path*", "data/\0", ["path=\0"]),
        ])
    func matching(_ example: Case) {
        let captures = PathPattern(example.pattern).match(example.path)
        #expect(captures?.pairs.map { "\($0.name)=\($0.value)" } == example.captures)
    }

    @Test("only a pattern with two stars asks for slashes in a row")
    func emptySegments() {
        let pattern = PathPattern("ocsp/:question**")
        #expect(pattern.takesEmptySegments && PathPattern(":a**?").takesEmptySegments)
        #expect(pattern.match("ocsp/a//b///")?["question"] == "a//b///")
        #expect(pattern.match("ocsp/") == nil)
        #expect(pattern.openAPIText == "/ocsp/{question}")
        for text in ["a", "a/:b", "a/:b*", "a/:b*?", "a/:b*/c"] {
            #expect(!PathPattern(text).takesEmptySegments)
        }
    }

    @Test("literals and captures are bytes: a letter and its decomposed spelling differ")
    func bytes() {
        #expect(PathPattern("caf\u{E9}").match("caf\u{E9}") != nil)
        #expect(PathPattern("caf\u{E9}").match("cafe\u{301}") == nil)
        let captured = PathPattern(":name").match("e\u{301}")?["name"]
        #expect(captured.map { Array($0.utf8) } == [0x65, 0xCC, 0x81])
        // The slash stays a slash, though a combining mark follows and makes one character of both.
        #expect(PathPattern(":a/:b").match("x/\u{301}y")?["a"] == "x")
        #expect(PathPattern("a") != PathPattern("a/?"))
        #expect(PathPattern("\u{E9}") != PathPattern("e\u{301}"))
    }

    @Test(
        "a pattern that means nothing is refused, not run",
        arguments: [
            (":", PathPatternError.invalidCaptureName), ("a/:*", .invalidCaptureName),
            ("a/:b.c", .invalidCaptureName), (":é", .invalidCaptureName),
            (":a?", .invalidCaptureName),
            (":a***", .invalidCaptureName), (":**", .invalidCaptureName),
            (":a/:a", .repeatedCaptureName),
            (":a*/:b*", .secondRest),
            (":a*?/b", .optionalRestNotLast), (":1/:2/:3/:4/:5/:6/:7/:8/:9", .tooManyCaptures),
        ])
    func refusal(_ text: String, _ expected: PathPatternError) {
        #expect(throws: expected) { try PathPattern(parsing: text) }
    }

    @Test("eight captures fit, and OpenAPI sees them as parameters")
    func manyCaptures() throws {
        let pattern = try PathPattern(parsing: ":a/:b/:c/:d/:e/:f/:g*/x/:h")
        let captures = try #require(pattern.match("1/2/3/4/5/6/7/7/x/8"))
        #expect(captures.pairs.map(\.value) == ["1", "2", "3", "4", "5", "6", "7/7", "8"])
        #expect(captures["none"] == nil)
        #expect(pattern.openAPIText == "/{a}/{b}/{c}/{d}/{e}/{f}/{g}/x/{h}")
        #expect(PathPattern("data/:path*").openAPIText == "/data/{path}")
    }

    @Test("no path and no pattern traps, whatever their bytes")
    func noise() {
        let pieces = [
            "a", "b", "/", ":", "x", "*", "?", "é", "\u{301}", "\0", "+", "{", "}", "/:p*", "",
        ]
        var state: UInt64 = 7
        func piece() -> String {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return pieces[Int(state >> 33) % pieces.count]
        }
        for _ in 0..<20_000 {
            let text = (0..<6).map { _ in piece() }.joined()
            let path = (0..<6).map { _ in piece() }.joined()
            if let captures = (try? PathPattern(parsing: text))?.match(path) {
                for pair in captures.pairs where !pair.value.isEmpty {
                    #expect(path.utf8.count >= pair.value.utf8.count)
                }
            }
            if let template = try? KeyTemplate(parsing: text) { _ = template.expand(.none) }
            _ = PathSet([text]).contains(path)
        }
    }
}
