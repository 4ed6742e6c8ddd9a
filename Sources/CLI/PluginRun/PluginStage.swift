// A plugin directory for one run: a private folder with a copy of one program, gone afterwards.

import Cryptography
import Glibc

/// A copy, because the server takes programs only from folders that nobody else can write to, and
/// because the original may be built anew meanwhile.
struct PluginStage: Sendable {
    /// As large as the server takes them.
    private static let maxBytes = 1 << 30

    let folder: String
    let fileName: String
    /// SHA-256 of the program, in hexadecimal.
    let digest: String

    private var path: String { folder + "/" + fileName }

    init(copying program: String, environment: Environment) throws(FileError) {
        let bytes = try LocalFile.read(program, limit: Self.maxBytes)
        let parent = environment["TMPDIR"] ?? "/tmp"
        var template = Array((parent + "/coffer-plugin-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else { throw .last(parent) }
        folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        fileName = program.split(separator: "/").last.map(String.init) ?? ""
        digest = Hex.encode(SHA256.hash(bytes))
        do throws(FileError) {
            try LocalFile.replace(path, with: bytes, mode: 0o700)
        } catch {
            remove()
            throw error
        }
    }

    func remove() {
        unlink(path)
        rmdir(folder)
    }
}
