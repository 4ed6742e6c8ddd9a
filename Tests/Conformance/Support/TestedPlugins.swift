// What the suite runs against: every plugin that lies in the build's folder, so that a new one is
// held to the protocol from its first build on.

import Conformance
import Glibc

enum TestedPlugins {
    static let programs: [Subject] = {
        guard let folder = productsFolder() else { return [] }
        let found = names(in: folder)
            .filter { $0.hasPrefix("coffer-plugin-") && !$0.contains(".") }
            .filter { access(folder + $0, X_OK) == 0 }
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            // A large RSA key takes long to make where all of them are made at once.
            .map { Subject(file: folder + $0, patienceSeconds: 60) }
        // The test plugin goes by the first argument of its process.
        let model = Subject(file: folder + "TestPlugin", name: "coffer-plugin-test")
        let database = Subject(file: folder + "TestPlugin", name: "test-database")
        return access(model.file, X_OK) == 0 ? found + [model, database] : found
    }()

    /// Plugins whose options change their paths are listed; all others are mounted without any.
    private static let variants: [String: [[String: String]]] = [
        "coffer-plugin-kv": [["version": "1"], ["version": "2"]]
    ]

    static let mounts = programs.flatMap { program in
        (variants[program.name] ?? [[:]]).map { options in
            var subject = program
            subject.options = options
            return subject
        }
    }

    /// The build puts plugins beside the tests.
    static func productsFolder() -> String? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        guard count > 0 else { return nil }
        let own = buffer[..<count].map(UInt8.init(bitPattern:))
        guard let slash = own.lastIndex(of: UInt8(ascii: "/")) else { return nil }
        return String(decoding: own[...slash], as: UTF8.self)
    }

    static func names(in path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            names.append(
                withUnsafeBytes(of: &entry.pointee.d_name) {
                    String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
                })
        }
        return names
    }
}

extension Subject {
    /// Its name and options.
    var text: String { options.reduce(name) { "\($0) \($1.key)=\($1.value)" } }
}
