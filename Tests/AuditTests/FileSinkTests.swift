// Audit logs on disk: which files may be one, and what happens to them.

import Glibc
import Testing

@testable import Audit

/// A folder of the test's own.
private final class Folder {
    let path: String

    init() throws {
        var template = Array("/tmp/coffer-audit-XXXXXX".utf8CString)
        path = try #require(mkdtemp(&template).map { String(cString: $0) })
    }

    deinit {
        if let folder = opendir(path) {
            while let entry = readdir(folder) {
                let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                    String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
                }
                if unlink("\(path)/\(name)") != 0 { rmdir("\(path)/\(name)") }
            }
            closedir(folder)
        }
        rmdir(path)
    }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    func write(_ name: String, _ text: String, mode: mode_t = 0o600) {
        let descriptor = open(file(name), O_WRONLY | O_CREAT | O_TRUNC, mode)
        _ = Glibc.write(descriptor, text, text.utf8.count)
        fchmod(descriptor, mode)
        close(descriptor)
    }

    func read(_ name: String) -> String {
        let descriptor = open(file(name), O_RDONLY)
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        let count = Glibc.read(descriptor, &buffer, buffer.count)
        return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    }

    func mode(_ name: String) -> UInt32 {
        var status = stat()
        return stat(file(name), &status) == 0 ? status.st_mode & 0o777 : 0
    }
}

@Suite struct FileSinkTests {
    private let folder: Folder
    private let rules = FileRules(forbiddenFolders: [])

    init() throws { folder = try Folder() }

    private func write(_ sink: FileSink, _ text: String) throws {
        try Array(text.utf8).withRawBytes { bytes throws(AuditFailure) in try sink.write(bytes) }
    }

    private func refusal(
        _ path: String, _ rules: FileRules? = nil
    ) -> AuditFailure.Code? {
        do throws(AuditFailure) {
            let descriptor = try (rules ?? self.rules).open(path, mode: 0o600)
            close(descriptor)
            return nil
        } catch { return error.code }
    }

    @Test("a new log belongs to its owner alone; lines are added behind those that are there")
    func appends() throws {
        let sink = try FileSink(folder.file("a.log"), mode: 0o600, rules: rules)
        try write(sink, "one\n")
        #expect(folder.mode("a.log") == 0o600)
        let again = try FileSink(folder.file("a.log"), mode: 0o640, rules: rules)
        try write(again, "two\n")
        try write(sink, "three\n")
        #expect(folder.read("a.log") == "one\ntwo\nthree\n")
        #expect(folder.mode("a.log") == 0o640)
    }

    @Test("mode 0000 leaves an existing log's permissions alone")
    func keepsMode() throws {
        folder.write("a.log", "", mode: 0o604)
        _ = try FileSink(folder.file("a.log"), mode: nil, rules: rules)
        #expect(folder.mode("a.log") == 0o604)
    }

    @Test("after a rotation, reopening takes the new file; before it, the old one goes on")
    func rotation() throws {
        let sink = try FileSink(folder.file("a.log"), mode: 0o600, rules: rules)
        try write(sink, "one\n")
        rename(folder.file("a.log"), folder.file("a.log.1"))
        try write(sink, "two\n")
        try sink.reopen()
        try write(sink, "three\n")
        #expect(folder.read("a.log.1") == "one\ntwo\n")
        #expect(folder.read("a.log") == "three\n")
    }

    @Test("if the new file may not be the log, the old one stays in use")
    func failedReopening() throws {
        let sink = try FileSink(folder.file("a.log"), mode: 0o600, rules: rules)
        rename(folder.file("a.log"), folder.file("b.log"))
        symlink("/tmp/elsewhere", folder.file("a.log"))
        #expect(throws: AuditFailure.self) { try sink.reopen() }
        try write(sink, "one\n")
        #expect(folder.read("b.log") == "one\n")
    }

    @Test("links lead nowhere, neither to what is there nor to what would be made")
    func links() {
        folder.write("target", "")
        symlink(folder.file("target"), folder.file("link"))
        symlink(folder.file("missing"), folder.file("dangling"))
        link(folder.file("target"), folder.file("hard"))
        #expect(refusal(folder.file("link")) == .forbiddenFile)
        #expect(refusal(folder.file("dangling")) == .forbiddenFile)
        #expect(refusal(folder.file("hard")) == .forbiddenFile)
        #expect(access(folder.file("missing"), F_OK) != 0)
    }

    @Test("a program, a folder, a FIFO and a device are no logs")
    func kinds() {
        folder.write("program", "#!/bin/sh\n", mode: 0o700)
        mkfifo(folder.file("fifo"), 0o600)
        #expect(refusal(folder.file("program")) == .forbiddenFile)
        #expect(refusal(folder.path) == .forbiddenFile)
        #expect(refusal(folder.path + "/") == .forbiddenFile)
        #expect(refusal(folder.file("..")) == .forbiddenFile)
        #expect(refusal("/dev/null") == .forbiddenFile)
        // Nobody reads the FIFO: it is refused by the system or by us, and nothing waits.
        #expect(refusal(folder.file("fifo")) != nil)
        #expect(folder.read("program") == "#!/bin/sh\n")
    }

    @Test("no log lies in a plugin folder, by whatever path it is reached")
    func pluginFolder() throws {
        mkdir(folder.file("plugins"), 0o700)
        symlink(folder.file("plugins"), folder.file("way"))
        let rules = FileRules(forbiddenFolders: [folder.file("plugins")])
        for path in ["plugins/x", "plugins/../plugins/x", "way/x", "plugins//x"] {
            #expect(refusal(folder.file(path), rules) == .forbiddenFile, "\(path)")
        }
        #expect(access(folder.file("plugins/x"), F_OK) != 0)
        #expect(refusal(folder.file("x"), rules) == nil)
    }

    @Test("a folder that is not there is an error that says so")
    func missingFolder() {
        #expect(refusal(folder.file("none/a.log")) == .cannotOpen)
    }
}
