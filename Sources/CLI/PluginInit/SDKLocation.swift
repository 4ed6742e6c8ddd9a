// Where a Swift plugin gets Coffer's SDK: the package that this program was built from, or one that
// the author names.

import Glibc

struct SDKLocation: Equatable, Sendable {
    /// A line of `Package.swift`.
    let dependency: String
    /// What SwiftPM calls the package.
    let package: String

    init(_ text: String) throws(UsageError) {
        // `git@host:team/coffer.git` is one too, and `./a@b` is a path.
        let isURL = text.contains("://") || (text.contains("@") && access(text, F_OK) != 0)
        if isURL {
            let last = text.split(whereSeparator: { $0 == "/" || $0 == ":" }).last ?? ""
            package = String(last.hasSuffix(".git") ? last.dropLast(4) : last).lowercased()
            dependency = ".package(url: \"\(try Self.literal(text))\", branch: \"main\")"
        } else {
            guard let path = realpath(text, nil) else {
                throw UsageError("-sdk: \(text): \(String(cString: strerror(errno)))")
            }
            defer { free(path) }
            let full = String(cString: path)
            guard Self.isSDK(full) else {
                throw UsageError("-sdk: \(text) is not Coffer's source package")
            }
            package = "coffer"
            dependency = ".package(name: \"coffer\", path: \"\(try Self.literal(full))\")"
        }
    }

    /// It becomes part of a program, `Package.swift`, and stays inside its quotes there.
    private static func literal(_ text: String) throws(UsageError) -> String {
        guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }), !text.contains("\""),
            !text.contains("\\")
        else { throw UsageError("-sdk has a character that Package.swift cannot have there") }
        return text
    }

    /// The sources around the running program: `.build/release/coffer` lies inside of them.
    static var ofRunningProgram: SDKLocation? {
        guard let path = realpath("/proc/self/exe", nil) else { return nil }
        defer { free(path) }
        var parts = String(cString: path).split(separator: "/").dropLast()
        while !parts.isEmpty {
            let folder = "/" + parts.joined(separator: "/")
            if isSDK(folder) { return try? SDKLocation(folder) }
            parts.removeLast()
        }
        return nil
    }

    private static func isSDK(_ folder: String) -> Bool {
        access(folder + "/Package.swift", R_OK) == 0
            && access(folder + "/Sources/PluginProtocol/SDK", R_OK) == 0
    }
}
