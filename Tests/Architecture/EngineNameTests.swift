// The core knows no engine by name: what an engine wants it declares when it is mounted.

import Testing

@Suite struct EngineNameTests {
    static let engines = [
        "kv", "transit", "pki", "database", "kubernetes", "approle", "userpass", "ldap", "jwt",
    ]

    /// Literals that mean something else.
    static let others: [(path: String, literal: String, reason: String)] = [
        (
            "Sources/Core/Daemon/Configuration/ForeignKeys.swift", "transit",
            "a kind of seal in Vault's configuration, named to say that it is not there"
        )
    ]

    static func named(_ source: SwiftSource) -> [Finding] {
        let allowed = others.filter { $0.path == source.path }.map(\.literal)
        return source.lines.flatMap { line in
            line.literals.filter { engines.contains($0) && !allowed.contains($0) }
                .map { source.finding(line, "\"\($0)\" is an engine; the core names none") }
        }
    }

    @Test("no engine's name stands in the core")
    func core() {
        expectNone(
            Repository.productFiles.filter { $0.path.hasPrefix("Sources/Core/") }
                .flatMap(Self.named))
    }

    @Test("the rule finds a name in a literal and nowhere else")
    func ruleFires() {
        let text = "let a = \"kv\"\n// \"kv\"\nlet b = \"kvm\"\nf(kv)\ncase \"pki\", \"ssh\":"
        #expect(
            Self.named(SwiftSource(path: "Sources/Core/x.swift", text: text)).map(\.line) == [1, 5])
    }
}
