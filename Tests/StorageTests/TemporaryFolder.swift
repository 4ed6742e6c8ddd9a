// A folder that goes away with its last owner.

import Glibc
import Testing

final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/coffer-storage-XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
        }
        path = try #require(made)
    }

    deinit { Self.remove(path) }

    static func remove(_ path: String) {
        if let folder = opendir(path) {
            while let entry = readdir(folder) {
                let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                }
                if name != ".", name != ".." { remove("\(path)/\(name)") }
            }
            closedir(folder)
            rmdir(path)
        } else {
            unlink(path)
        }
    }

    static func mode(_ path: String) throws -> UInt32 {
        var status = stat()
        try #require(stat(path, &status) == 0)
        return status.st_mode & 0o777
    }

    /// A copy of a file as it is on disk now.
    static func copy(_ from: String, to: String) throws {
        let source = open(from, O_RDONLY)
        try #require(source >= 0)
        defer { close(source) }
        let target = open(to, O_WRONLY | O_CREAT | O_EXCL, 0o600)
        try #require(target >= 0)
        defer { close(target) }
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = read(source, &buffer, buffer.count)
            try #require(count >= 0)
            if count == 0 { return }
            try #require(write(target, buffer, count) == count)
        }
    }
}
