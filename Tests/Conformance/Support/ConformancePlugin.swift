// What the suite runs against: every plugin that lies in the build's folder, so that a new one is
// held to the protocol from its first build on.

import CProcess
import Glibc
import Testing

struct ConformancePlugin: Sendable, Equatable, CustomTestStringConvertible {
    /// The first argument of its process; the test plugin goes by it.
    let name: String
    let file: String

    var testDescription: String { name }

    static let all: [ConformancePlugin] = {
        guard let folder = productsFolder() else { return [] }
        let found = names(in: folder)
            .filter { $0.hasPrefix("coffer-plugin-") && !$0.contains(".") }
            .filter { access(folder + $0, X_OK) == 0 }
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            .map { ConformancePlugin(name: $0, file: folder + $0) }
        let model = ConformancePlugin(name: "coffer-plugin-test", file: folder + "TestPlugin")
        return access(model.file, X_OK) == 0 ? found + [model] : found
    }()

    /// The build puts plugins beside the tests.
    private static func productsFolder() -> String? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        guard count > 0 else { return nil }
        let own = buffer[..<count].map(UInt8.init(bitPattern:))
        guard let slash = own.lastIndex(of: UInt8(ascii: "/")) else { return nil }
        return String(decoding: own[...slash], as: UTF8.self)
    }

    private static func names(in path: String) -> [String] {
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

/// A plugin and the options that its mount is made with. Plugins whose options change their paths
/// are listed; all others are mounted without any.
struct ConformanceMount: Sendable, CustomTestStringConvertible {
    let plugin: ConformancePlugin
    let options: [String: String]

    var testDescription: String {
        options.reduce(plugin.name) { "\($0) \($1.key)=\($1.value)" }
    }

    private static let variants: [String: [[String: String]]] = [
        "coffer-plugin-kv": [["version": "1"], ["version": "2"]]
    ]

    static let all = ConformancePlugin.all.flatMap { plugin in
        (variants[plugin.name] ?? [[:]]).map { ConformanceMount(plugin: plugin, options: $0) }
    }
}
