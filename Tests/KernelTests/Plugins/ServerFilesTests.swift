// Entries of the catalog that open the server's own files to a plugin.

import Glibc
import Testing

@testable import Kernel

@Suite struct ServerFilesTests {
    private static let files = [
        ServerFile(path: "/nowhere/coffer/data/", noun: "the storage"),
        ServerFile(path: "/nowhere/tls/key.pem", noun: "the private key of a listener"),
    ]

    private func warnings(
        readable: [String] = [], writable: [String] = [], _ files: [ServerFile] = files
    ) -> [String] {
        var permissions = PluginPermissions()
        permissions.readablePaths = readable
        permissions.writablePaths = writable
        return ServerFiles.warnings(permissions, files)
    }

    @Test(
        "a path that is one of the server's, has one in it or lies in one is told of",
        arguments: [
            ("/nowhere/coffer/data", 1), ("/nowhere/coffer/data/", 1), ("/nowhere/coffer", 1),
            ("/nowhere/coffer/data/data.mdb", 1), ("/nowhere", 2), ("/nowhere/tls/key.pem", 1),
            ("/nowhere/coffer/data2", 0), ("/nowhere/coffer/dat", 0), ("/nowhere/tls/ca.pem", 0),
            ("/srv", 0),
        ])
    func places(path: String, count: Int) {
        #expect(warnings(readable: [path]).count == count)
        #expect(warnings(writable: [path]).count == count)
    }

    @Test("the warning names the field, the path, and what of the server is there")
    func text() {
        #expect(
            warnings(readable: ["/nowhere/tls"], writable: ["/srv", "/nowhere/coffer"]) == [
                "readable_paths: \"/nowhere/tls\" lets the plugin read "
                    + "the private key of a listener of the server",
                "writable_paths: \"/nowhere/coffer\" lets the plugin read and change "
                    + "the storage of the server",
            ])
        #expect(warnings(readable: ["/nowhere/tls\u{1B}"]).isEmpty)
    }

    @Test("a link does not hide where it leads") func links() throws {
        var template = Array("/tmp/coffer-files-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        let folder = String(
            decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        defer {
            unlink(folder + "/link")
            rmdir(folder + "/data")
            rmdir(folder)
        }
        try #require(mkdir(folder + "/data", 0o700) == 0)
        try #require(symlink("data", folder + "/link") == 0)
        let files = [ServerFile(path: folder + "/data", noun: "the storage")]
        #expect(warnings(readable: [folder + "/link"], files).count == 1)
        #expect(
            warnings(
                readable: [folder + "/data"],
                [ServerFile(path: folder + "/link", noun: "the storage")]
            ).count == 1)
    }
}
