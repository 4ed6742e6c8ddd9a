// The database plugins that the catalog shows, though they are parts of an engine.

import Kernel
import Testing

@testable import PluginHost

@Suite struct BuiltInDatabasesTests {
    private func program(_ declaration: String) -> [UInt8] {
        ProgramFile([
            .init(name: "coffer.permissions", content: Array("network\n".utf8)),
            .init(name: "coffer.databases", content: Array(declaration.utf8)),
        ]).bytes
    }

    private func names(_ declaration: String) -> [String] {
        program(declaration).withUnsafeBytes { BuiltInDatabases.read(ProgramBytes($0)) }
    }

    @Test("each line is a name, and the text may end in a NUL as C's do")
    func lines() {
        #expect(names("a-database-plugin\nb.c_d\n\0") == ["a-database-plugin", "b.c_d"])
        #expect(names("") == [])
    }

    @Test(
        "what has anything but names in it, or a name twice, is shown to nobody",
        arguments: [
            "a b", "a\na", "a\n../b", "a\n\u{1B}[2J", "a\n.b", "a/b", "a\r\n", "\u{E9}",
            String(repeating: "a\n", count: 100_000), String(repeating: "a", count: 256),
        ])
    func refused(declaration: String) {
        #expect(names(declaration) == [])
    }

    @Test("a damaged file, a script and a program without the section have none")
    func none() throws {
        let bytes = program("a\n")
        for file in [Array(bytes.dropLast()), Array("#!/bin/sh\n".utf8), []] {
            #expect(file.withUnsafeBytes { BuiltInDatabases.read(ProgramBytes($0)) } == [])
        }
    }

    @Test("the catalog has what is built into the server's own engines, and follows their files")
    func catalog() async throws {
        try await Host.with(["coffer-plugin-test"]) { host in
            func databases() -> [CatalogEntry] {
                host.launcher.catalog.filter { $0.kind == .database }.sorted { $0.type < $1.type }
            }
            #expect(databases() == [])
            try host.folder.write("coffer-plugin-db", program("one\ntwo\n"))
            #expect(databases().map(\.type) == ["one", "two"])
            #expect(databases().allSatisfy { $0.isBuiltin && $0.engine == "db" })
            // What the engine may do, its parts may do.
            let entry = try #require(databases().first)
            #expect(try await host.launcher.permissions(of: entry).allowsNetwork)
            try host.folder.write("coffer-plugin-db", program("three, which is longer\n"))
            #expect(databases() == [])
            try host.folder.write("coffer-plugin-db", program("three\n"))
            #expect(databases().map(\.type) == ["three"])
            // A program that anybody could have written is no part of the server.
            try host.folder.write("coffer-plugin-db", program("four\n"), mode: 0o777)
            #expect(databases() == [])
        }
    }
}
