// The README is where people learn what there is.

import Testing

@Suite struct ReadmeTests {
    /// The first string of each `CommandGroup(`: its name as it is typed.
    static func groups(_ source: SwiftSource) -> [String] {
        source.lines.indices
            .filter { source.lines[$0].code.contains(word: "CommandGroup(") }
            .compactMap { index in source.lines[index...].lazy.compactMap(\.literals.first).first }
    }

    @Test("the README names every group of commands")
    func commands() throws {
        let readme = try #require(Repository.text(of: "README.md"), "there is no README.md")
        let groups = Repository.productFiles
            .filter { $0.path.hasPrefix("Sources/CLI/Commands/") }.flatMap(Self.groups)
        #expect(groups.contains("kv metadata") && groups.count >= 7)
        for group in groups {
            let isNamed = readme.contains("`\(group)") || readme.contains(word: "coffer \(group)")
            #expect(isNamed, "README.md says nothing of `coffer \(group)`")
        }
    }

    @Test("a group's name is its first string")
    func ruleFires() {
        let text =
            "static let a = CommandGroup(\n    \"kv metadata\", \"About\")\nstruct CommandGroup {}"
        #expect(Self.groups(SwiftSource(path: "x.swift", text: text)) == ["kv metadata"])
    }
}
