import Kernel
import Testing

@testable import PluginHost

@Suite struct DeclaredPermissionsTests {
    private func parse(_ text: String) throws -> PluginPermissions {
        try DeclaredPermissions.parse(Array(text.utf8))
    }

    @Test("each line is a permission, and the text may end in a NUL as C's do")
    func lines() throws {
        let permissions = try parse(
            """
            network
            read /etc/a file
            read /srv
            write /var/lib/x
            memory 1048576
            open-files 512
            processes 2

            """ + "\0")
        #expect(permissions.allowsNetwork)
        #expect(permissions.readablePaths == ["/etc/a file", "/srv"])
        #expect(permissions.writablePaths == ["/var/lib/x"])
        #expect(permissions.memoryBytes == 1_048_576)
        #expect(permissions.openFiles == 512)
        #expect(permissions.processes == 2)
        #expect(try parse("") == PluginPermissions())
    }

    @Test(
        "what is not known, said twice or makes no sense is refused, and nobody guesses",
        arguments: [
            "networks", "Network", "network yes", "network\nnetwork", "read", "read ", "read etc",
            "read /", "read /etc/../root", "read /./x", "read  /etc", "read /a\nread /a", "write x",
            "memory", "memory 0", "memory -1", "memory 1k", "memory +1",
            "memory 18446744073709551616",
            "memory 1\nmemory 2", "open-files 9223372036854775808", "processes ", "processes 1 2",
            "network\r", "\u{FEFF}network", "all", "sandbox off", " network",
        ])
    func refused(_ text: String) {
        #expect(throws: DeclaredPermissions.Problem.self) { try parse(text) }
    }

    @Test("bytes that are no text, and more paths than an entry may have, are refused")
    func bounds() {
        #expect(throws: DeclaredPermissions.Problem.self) {
            try DeclaredPermissions.parse(Array("read /".utf8) + [0xFF])
        }
        let many = (0...PluginPermissions.mostPaths).map { "read /p\($0)\n" }.joined()
        #expect(throws: DeclaredPermissions.Problem.self) { try parse(many) }
        let long = ProgramFile(
            permissions: String(
                repeating: "\n", count: PluginHostLimits.declaredPermissionBytes + 1)
        ).bytes
        #expect(throws: DeclaredPermissions.Problem.self) {
            try long.withUnsafeBytes { file throws(DeclaredPermissions.Problem) in
                try DeclaredPermissions.read(file)
            }
        }
    }

    @Test("a program's file is read as it is hashed, and a broken one says why")
    func files() throws {
        let folder = try PluginFolder([])
        let directory = try folder.directory()
        try folder.write("coffer-plugin-a", ProgramFile(permissions: "network\n").bytes)
        try folder.write("coffer-plugin-b", ProgramFile(permissions: "everything\n").bytes)
        try folder.write("coffer-plugin-c", Array("#!/bin/sh\n".utf8))
        try folder.write("coffer-plugin-d", Array(ProgramFile(permissions: "").bytes.dropLast()))
        func declared(_ name: String) throws -> Result<
            PluginPermissions, DeclaredPermissions.Problem
        > {
            try PluginExecutable.open(name, in: directory).declared
        }
        #expect(try declared("coffer-plugin-a").get().allowsNetwork)
        #expect(try declared("coffer-plugin-c").get() == PluginPermissions())
        for (name, part) in [("b", "line 1"), ("d", "damaged")] {
            guard case .failure(let problem) = try declared("coffer-plugin-" + name) else {
                Issue.record("it was believed")
                continue
            }
            #expect(problem.message.contains(part))
        }
    }

    private func profile(
        isBuiltIn: Bool, _ program: PluginProgram? = nil
    ) throws -> SandboxProfile {
        var declared = PluginPermissions()
        declared.allowsNetwork = true
        declared.readablePaths = ["/var/run/x"]
        let folder = try PluginFolder([])
        let source = PluginSource(
            namespaceID: "", kind: .secret, name: "x", program: program, fileName: "x",
            directory: try folder.directory(), isBuiltIn: isBuiltIn, registered: { nil },
            bounds: { [] })
        return source.profile(SandboxProfile(), declared: declared)
    }

    @Test("only what comes with the server is given what its file declares")
    func whoIsBelieved() throws {
        let own = try profile(isBuiltIn: true)
        #expect(own.allowsNetwork)
        #expect(own.readablePaths == ["/var/run/x"])
        let rules = FileRules.rules(own, interpreter: [], libraries: [])
        // A folder that this machine does not have is no reason not to start.
        #expect(rules.contains(FileRule(path: "/var/run/x", access: .run, isRequired: false)))

        let found = try profile(isBuiltIn: false)
        #expect(found == SandboxProfile())
        let program = PluginProgram(
            kind: .secret, name: "x", version: "", command: "x", digest: [])
        let registered = try profile(isBuiltIn: false, program)
        #expect(!registered.allowsNetwork)
        #expect(registered.readablePaths.isEmpty)
    }
}
