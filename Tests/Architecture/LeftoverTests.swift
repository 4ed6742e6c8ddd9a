// What must not stay behind: unfinished work, and pointers to the place where it was done.

import Testing

@Suite struct LeftoverTests {
    static let unfinished = ["TODO", "FIXME", "XXX", "HACK"]

    /// Somebody who reads the code later was not there.
    static let places = [
        "/work/", "/tmp/plan", "this session", "last session", "previous session", "next session",
        "earlier session", "another session", "workplace",
    ]

    static func leftovers(in comment: String) -> [String] {
        let lowered = comment.lowercased()
        return unfinished.filter { comment.contains(word: $0) }
            + places.filter { lowered.contains($0) }
    }

    static func leftovers(_ source: SwiftSource) -> [Finding] {
        source.lines.flatMap { line in
            leftovers(in: line.comment).map { source.finding(line, "\"\($0)\" in a comment") }
        }
    }

    /// Scripts and C sources, read as a whole: what they say elsewhere is as little welcome.
    static func leftovers(path: String, text: String) -> [Finding] {
        text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
            .flatMap { index, line in
                leftovers(in: String(line))
                    .map { Finding(path: path, line: index + 1, message: "\"\($0)\"") }
            }
    }

    @Test("no comment leaves work undone or points to somebody's machine")
    func swift() { expectNone(Repository.swiftFiles.flatMap(Self.leftovers)) }

    @Test("nor do scripts, C sources and documents")
    func others() {
        let files = Repository.files(
            below: ["Sources", "Plugins", "Tests", "Scripts", "Benchmarks"],
            endingIn: [".c", ".h", ".py", ".sh", ".md", ".proto", ".hcl", ".lua"]
        ).filter { !$0.hasPrefix("Sources/PluginProtocol/CMessages/") }
        let documents = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "Makefile"]
        expectNone(
            (files + documents).flatMap { path in
                Repository.text(of: path).map { Self.leftovers(path: path, text: $0) } ?? []
            })
    }

    @Test("the rule reads comments, and words as words")
    func ruleFires() {
        let text =
            "f() // TODO: g\n/// See /work/notes.\nlet a = \"TODO\"\n// \\uXXXX and a session"
        let found = Self.leftovers(SwiftSource(path: "x.swift", text: text))
        #expect(found.map(\.line) == [1, 2])
        #expect(Self.leftovers(path: "x.sh", text: "ls\n# XXX\n").map(\.line) == [2])
    }
}
