// Files and folders on disk.

import Glibc
import Testing

@testable import Daemon

@Suite("Configuration files")
struct ConfigurationFileTests {
    /// A folder of its own for one test, gone afterwards.
    private func withFolder(_ files: [String: String], _ body: (String) throws -> Void) throws {
        var template = Array("/tmp/coffer-configuration-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        let folder = String(
            decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer {
            for name in files.keys { unlink("\(folder)/\(name)") }
            rmdir(folder)
        }
        for (name, text) in files {
            let bytes = Array(text.utf8)
            let file = try #require(fopen("\(folder)/\(name)", "w"))
            fwrite(bytes, 1, bytes.count, file)
            fclose(file)
        }
        try body(folder)
    }

    private func load(_ paths: String...) throws -> ServerConfiguration {
        try ServerConfiguration.load(paths: paths, environment: [:])
    }

    private func failure(_ paths: String...) -> String? {
        do {
            _ = try ServerConfiguration.load(paths: paths, environment: [:])
            return nil
        } catch { return (error as ConfigurationError).description }
    }

    @Test("a folder is its *.hcl and *.json files in the order of their names")
    func folder() throws {
        let files = [
            "10.hcl": minimalConfiguration + "log_level = \"debug\" cluster_name = \"ten\"",
            "20.json": #"{"log_level": "error"}"#,
            "30.hcl": "ui = true", "ignored.txt": "ui = [", ".hidden.hcl": "ui = [",
            "backup.hcl~": "ui = [",
        ]
        try withFolder(files) { folder in
            for path in [folder, folder + "/"] {
                let configuration = try load(path)
                #expect(configuration.log.level == .error)
                #expect(configuration.clusterName == "ten")
                #expect(configuration.isUIEnabled)
            }
            let reordered = try load(folder, folder + "/10.hcl")
            #expect(reordered.log.level == .debug)
            #expect(reordered.listeners.count == 2)
        }
    }

    @Test("what cannot be read is named")
    func unreadable() throws {
        #expect(
            failure("/nonexistent/coffer.hcl")
                == "/nonexistent/coffer.hcl: cannot be opened: No such file or directory")
        try withFolder([
            "a.txt": "", "big.hcl": minimalConfiguration + String(repeating: "#", count: 1 << 20),
        ]) {
            folder in
            #expect(failure("\(folder)/big.hcl") == "\(folder)/big.hcl: larger than 1048576 bytes")
            #expect(
                failure("\(folder)/a.txt/b")
                    == "\(folder)/a.txt/b: cannot be opened: Not a directory")
        }
        try withFolder([:]) { folder in
            #expect(failure(folder) == "\(folder): the folder holds no *.hcl or *.json file")
        }
    }

    @Test("a problem names the file of a folder it stands in")
    func fileNames() throws {
        try withFolder(["a.hcl": minimalConfiguration, "b.hcl": "ui = 7", "c.hcl": "x = "]) {
            folder in
            #expect(
                failure(folder)
                    == "\(folder)/b.hcl:1:6: ui must be true or false\n"
                    + "\(folder)/c.hcl:1:5: expected a value, found the end of the text")
        }
    }
}
