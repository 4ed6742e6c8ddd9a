// The output of `coffer debug` as a folder.

import Glibc

enum DebugFolder {
    /// Readable by its owner only.
    static func write(
        _ files: [(name: String, bytes: [UInt8])], to path: String
    ) throws(FileError) {
        guard mkdir(path, 0o700) == 0 else { throw .last(path) }
        for (name, bytes) in files { try LocalFile.replace(path + "/" + name, with: bytes) }
    }
}
