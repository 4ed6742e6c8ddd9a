// An audit log for a test, and what stands in it.

import Glibc
import JSON
import Testing

/// An audit log in a folder of the test's own.
final class AuditFolder {
    let path: String

    init() throws {
        var template = Array("/tmp/coffer-audit-XXXXXX".utf8CString)
        path = try #require(mkdtemp(&template).map { String(cString: $0) })
    }

    deinit {
        for name in ["audit.log", "raw.log", "moved.log"] { unlink("\(path)/\(name)") }
        rmdir(path)
    }

    func text(_ name: String = "audit.log") -> String {
        let descriptor = open("\(path)/\(name)", O_RDONLY)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { break }
            bytes += buffer.prefix(count)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    func entries(_ name: String = "audit.log") throws -> [JSONValue] {
        try text(name).split(separator: "\n").map { try JSONValue(parsing: String($0)) }
    }
}
