import Cryptography
import Glibc
import Kernel
import Testing

@testable import PluginHost

@Suite struct PluginExecutableTests {
    private let folder: PluginFolder
    private let directory: PluginDirectory

    init() throws {
        folder = try PluginFolder([])
        directory = try folder.directory()
    }

    private func code(_ name: String) -> ExecutableError.Code? {
        do throws(ExecutableError) {
            _ = try PluginExecutable.open(name, in: directory)
            return nil
        } catch { return error.code }
    }

    @Test("the digest is the SHA-256 of the file, as sha256sum prints it")
    func digest() throws {
        try folder.write("coffer-plugin-a", Array("abc".utf8))
        let file = try PluginExecutable.open("coffer-plugin-a", in: directory)
        #expect(
            file.digestText == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(!file.isScript)
    }

    @Test(
        "no name leads out of the directory",
        arguments: ["../sh", "/bin/sh", "a/b", "..", ".", "", "a\0b", "ä"])
    func badNames(_ name: String) { #expect(code(name) == .badName) }

    @Test("no link leads out of the directory")
    func links() throws {
        symlink("/bin/sh", folder.path + "/coffer-plugin-absolute")
        symlink("../../bin/sh", folder.path + "/coffer-plugin-relative")
        symlink("/proc/self/exe", folder.path + "/coffer-plugin-magic")
        for name in ["absolute", "relative", "magic"] {
            #expect(code("coffer-plugin-" + name) == .leavesDirectory)
        }
    }

    @Test("a FIFO, a folder and a device are not plugins, and opening them does not hang")
    func notAFile() throws {
        mkfifo(folder.path + "/coffer-plugin-fifo", 0o755)
        mkdir(folder.path + "/coffer-plugin-folder", 0o755)
        #expect(code("coffer-plugin-fifo") == .notARegularFile)
        #expect(code("coffer-plugin-folder") == .notARegularFile)
        rmdir(folder.path + "/coffer-plugin-folder")
    }

    @Test("nothing runs from a folder that was opened to others after the server started")
    func openedFolder() throws {
        try folder.write("coffer-plugin-a", [1])
        #expect(code("coffer-plugin-a") == nil)
        for mode: mode_t in [0o757, 0o777] {
            chmod(folder.path, mode)
            #expect(code("coffer-plugin-a") == .untrustedDirectory)
        }
        chmod(folder.path, 0o755)
        #expect(code("coffer-plugin-a") == nil)
    }

    @Test("a file that others can write, or nobody can execute, is refused")
    func modes() throws {
        try folder.write("coffer-plugin-open", [1], mode: 0o777)
        try folder.write("coffer-plugin-plain", [1], mode: 0o644)
        try folder.write("coffer-plugin-empty", [])
        #expect(code("coffer-plugin-open") == .writableByOthers)
        #expect(code("coffer-plugin-plain") == .notExecutable)
        #expect(code("coffer-plugin-empty") == .empty)
        #expect(code("coffer-plugin-absent") == .notFound)
    }

    @Test("a directory that others can write is no plugin directory")
    func openDirectory() throws {
        chmod(folder.path, 0o777)
        #expect(throws: (any Error).self) { try folder.directory() }
        chmod(folder.path, 0o700)
    }

    @Test("a file that is changed or replaced after its check is noticed")
    func changes() throws {
        try folder.write("coffer-plugin-a", Array("first".utf8))
        let file = try PluginExecutable.open("coffer-plugin-a", in: directory)
        #expect(file.isUnchanged)
        try folder.write("coffer-plugin-a", Array("other".utf8))
        #expect(!file.isUnchanged)
        // And its digest is not taken over by the file that came after it.
        let next = try PluginExecutable.open("coffer-plugin-a", in: directory, knownAs: file)
        #expect(next.digest != file.digest)
    }

    @Test("the catalog lists plugins by the names of their files and nothing else")
    func catalog() throws {
        for name in [
            "coffer-plugin-kv", "coffer-plugin-auth-userpass", "coffer-plugin-", "coffer",
            "coffer-plugin-kv.swiftmodule", "coffer-plugin-auth-", "x-coffer-plugin-y",
        ] { try folder.write(name, [1]) }
        #expect(
            directory.entries() == [
                PluginFileName(type: "userpass", kind: .auth),
                PluginFileName(type: "kv", kind: .secret),
            ])
    }
}
