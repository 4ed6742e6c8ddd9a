// The files of this package, read as plain text.

import Glibc
import Testing

enum Repository {
    /// The package's folder. Symbolic links are followed, so that a package elsewhere may borrow
    /// these folders.
    static let root: String = {
        // Tests/Architecture/Support/Repository.swift
        let file = realpath(#filePath, nil).map { pointer in
            defer { free(pointer) }
            return String(cString: pointer)
        }
        let parts = (file ?? #filePath).split(separator: "/", omittingEmptySubsequences: false)
        return parts.dropLast(4).joined(separator: "/")
    }()

    /// Paths below the root, in order; hidden files and what git would not have are left out.
    static func files(below folders: [String], endingIn suffixes: [String]) -> [String] {
        folders.flatMap { entries(of: $0) }
            .filter { path in suffixes.contains { path.hasSuffix($0) } }
    }

    static func text(of path: String) -> String? {
        let descriptor = open("\(root)/\(path)", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            guard count >= 0 else { return nil }
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += buffer[..<count]
        }
    }

    /// Every Swift file that people write, in Sources, Plugins and Tests.
    static let swiftFiles: [SwiftSource] =
        files(below: ["Sources", "Plugins", "Tests"], endingIn: [".swift"])
        .compactMap { path in text(of: path).map { SwiftSource(path: path, text: $0) } }

    /// Those that become part of the product.
    static let productFiles = swiftFiles.filter { !$0.path.hasPrefix("Tests/") }

    private static func entries(of folder: String) -> [String] {
        guard let stream = opendir("\(root)/\(folder)") else { return [] }
        defer { closedir(stream) }
        var result: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard !name.hasPrefix("."), name != "__pycache__" else { continue }
            let path = "\(folder)/\(name)"
            var information = stat()
            guard lstat("\(root)/\(path)", &information) == 0 else { continue }
            switch information.st_mode & S_IFMT {
            case S_IFDIR: result += entries(of: path)
            case S_IFREG: result.append(path)
            default: break
            }
        }
        return result.sorted()
    }
}
