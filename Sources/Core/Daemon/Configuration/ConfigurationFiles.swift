// Finds and reads the files that `-config` names. No Foundation here, so it is POSIX.

import Glibc

/// The text of one file, and the name it has in messages.
public struct ConfigurationText: Sendable, Equatable {
    public let name: String
    public let text: String

    public init(name: String, text: String) {
        self.name = name
        self.text = text
    }
}

enum ConfigurationFiles {
    /// The files of all paths in their order; a folder stands for its *.hcl and *.json files in
    /// byte order of their names, without folders inside it.
    static func read(_ paths: [String], problems: ProblemLog) -> [ConfigurationText] {
        var texts: [ConfigurationText] = []
        for path in paths {
            do {
                for file in try expand(path) {
                    texts.append(ConfigurationText(name: file, text: try text(of: file)))
                }
            } catch {
                problems.error(error.path, nil, error.reason)
            }
        }
        if texts.count > ConfigurationLimits.maxFiles {
            problems.error(paths[0], nil, "more than \(ConfigurationLimits.maxFiles) files")
        }
        return texts
    }

    private struct Failure: Error {
        let path: String
        let reason: String

        init(_ path: String, _ reason: String) {
            self.path = path
            self.reason = reason
        }

        static func errno(_ path: String, _ action: String) -> Failure {
            Failure(path, "\(action): \(String(cString: strerror(Glibc.errno)))")
        }
    }

    private static func expand(_ path: String) throws(Failure) -> [String] {
        guard let directory = opendir(path) else {
            // A file that is missing is reported when it is read.
            guard errno == ENOTDIR || errno == ENOENT else {
                throw .errno(path, "cannot be opened")
            }
            return [path]
        }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            let isConfiguration = name.hasSuffix(".hcl") || name.hasSuffix(".json")
            if isConfiguration, !name.hasPrefix("."), !isFolder("\(path)/\(name)") {
                names.append(name)
            }
        }
        guard !names.isEmpty else {
            throw Failure(path, "the folder holds no *.hcl or *.json file")
        }
        names.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let separator = path.hasSuffix("/") ? "" : "/"
        return names.map { path + separator + $0 }
    }

    private static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private static func text(of path: String) throws(Failure) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .errno(path, "cannot be opened") }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .errno(path, "cannot be read") }
            if count == 0 { break }
            bytes += chunk[..<count]
            guard bytes.count <= ConfigurationLimits.maxFileBytes else {
                throw Failure(path, "larger than \(ConfigurationLimits.maxFileBytes) bytes")
            }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Failure(path, "not valid UTF-8")
        }
        return text
    }
}
