// A plugin directory of its own for a test, with the test plugin under the names that the test
// wants.

import Glibc

@testable import PluginHost

final class PluginFolder: Sendable {
    let path: String

    /// One copy of the test plugin under all the names. A copy, because a link to the build's own
    /// file would change that file while another test starts it.
    init(_ names: [String]) throws {
        var template = Array("/tmp/coffer-host-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Failure(step: "mkdtemp") }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        for name in names {
            guard
                name == names[0] ? copy(name) : link(path + "/" + names[0], path + "/" + name) == 0
            else { throw Failure(step: "copy") }
        }
    }

    deinit {
        for name in (try? names()) ?? [] { unlink(path + "/" + name) }
        rmdir(path)
    }

    func directory() throws -> PluginDirectory { try PluginDirectory(path: path) }

    func write(_ name: String, _ bytes: [UInt8], mode: mode_t = 0o755) throws {
        let file = open(path + "/" + name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard file >= 0 else { throw Failure(step: "open") }
        defer { close(file) }
        guard Glibc.write(file, bytes, bytes.count) == bytes.count, fchmod(file, mode) == 0 else {
            throw Failure(step: "write")
        }
    }

    struct Failure: Error {
        var step: String
        var number = errno
    }

    /// The build puts the test plugin beside the tests.
    private static func testPlugin() throws -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        guard count > 0 else { throw Failure(step: "readlink") }
        let own = buffer[..<count].map(UInt8.init(bitPattern:))
        guard let slash = own.lastIndex(of: UInt8(ascii: "/")) else { throw Failure(step: "exe") }
        return String(decoding: own[...slash], as: UTF8.self) + "TestPlugin"
    }

    private func copy(_ name: String) -> Bool {
        guard let from = try? Self.testPlugin() else { return false }
        let source = open(from, O_RDONLY | O_CLOEXEC)
        let target = open(path + "/" + name, O_WRONLY | O_CREAT | O_CLOEXEC, 0o755)
        guard source >= 0, target >= 0 else { return false }
        defer {
            close(source)
            close(target)
        }
        while true {
            let count = sendfile(target, source, nil, 1 << 20)
            if count <= 0 { return count == 0 }
        }
    }

    private func names() throws -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            names.append(
                withUnsafeBytes(of: &entry.pointee.d_name) {
                    String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
                })
        }
        return names.filter { $0 != "." && $0 != ".." }
    }
}
