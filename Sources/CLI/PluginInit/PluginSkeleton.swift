// The files of a new plugin, from the templates that are part of this program.

import CTemplates
import Glibc

struct PluginSkeleton: Sendable {
    struct File: Sendable {
        let path: String
        let text: String
        var isProgram: Bool { text.hasPrefix("#!") }
    }

    let files: [File]

    static func swift(
        _ name: PluginName, sdk: SDKLocation, isDatabase: Bool = false
    ) -> PluginSkeleton {
        PluginSkeleton(isDatabase ? "swift-database" : "swift") { text, _ in
            text.replacing("my-skeleton", with: name.text)
                .replacing("MySkeleton", with: name.swiftType)
                .replacing(#".package(name: "coffer", path: "../..")"#, with: sdk.dependency)
                .replacing(#"package: "coffer")"#, with: "package: \"\(sdk.package)\")")
        }
    }

    static func python(_ name: PluginName) throws(UsageError) -> PluginSkeleton {
        let module = try name.pythonModule
        return PluginSkeleton("python") { text, path in
            // The protocol's part is that of the example `onetime`.
            text.replacing("my-skeleton", with: name.text)
                .replacing("my_skeleton", with: module)
                .replacing("onetime", with: path == "build.py" ? name.text : module)
        }
    }

    private init(_ language: String, _ fill: (_ text: String, _ path: String) -> String) {
        var files: [File] = []
        var index = 0
        while let template = coffer_template_at(index)?.pointee {
            index += 1
            guard String(cString: template.language) == language else { continue }
            let bytes = UnsafeBufferPointer(start: template.text, count: template.count)
            let path = String(cString: template.path)
            files.append(
                File(path: fill(path, ""), text: fill(String(decoding: bytes, as: UTF8.self), path))
            )
        }
        self.files = files
    }

    /// Writes into a folder that is not there yet, or empty: nothing is overwritten.
    func write(to folder: String) throws(FileError) {
        if mkdir(folder, 0o755) != 0 {
            guard errno == EEXIST else { throw .last(folder) }
            guard try Self.isEmpty(folder) else {
                throw FileError(message: "\(folder) is there already, and not empty")
            }
        }
        for file in files {
            var parent = folder
            for part in file.path.split(separator: "/").dropLast() {
                parent += "/" + part
                guard mkdir(parent, 0o755) == 0 || errno == EEXIST else { throw .last(parent) }
            }
            try LocalFile.replace(
                folder + "/" + file.path, with: Array(file.text.utf8),
                mode: file.isProgram ? 0o755 : 0o644)
        }
    }

    private static func isEmpty(_ folder: String) throws(FileError) -> Bool {
        guard let stream = opendir(folder) else { throw .last(folder) }
        defer { closedir(stream) }
        var count = 0
        while readdir(stream) != nil { count += 1 }
        // Itself and its parent.
        return count <= 2
    }
}
