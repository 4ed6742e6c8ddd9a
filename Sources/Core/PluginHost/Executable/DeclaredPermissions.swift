// What a program says that it needs: lines of text in a section of its file. A program that comes
// with the server is given that; for any other its entry in the catalog decides.

internal import Kernel

enum DeclaredPermissions {
    static let section = "coffer.permissions"

    /// Why a declaration is not one; nobody guesses what was meant.
    struct Problem: Error, Equatable {
        var message: String
    }

    /// What the file declares, which is nothing for a script and for a program without the section.
    static func read(_ file: UnsafeRawBufferPointer) throws(Problem) -> PluginPermissions {
        let bytes: [UInt8]?
        do throws(DamagedProgram) {
            bytes = try ELFSections.content(of: section, in: ProgramBytes(file))
        } catch {
            throw Problem(message: "the sections of its file are damaged")
        }
        guard let bytes else { return PluginPermissions() }
        guard bytes.count <= PluginHostLimits.declaredPermissionBytes else {
            throw Problem(message: "what it declares of permissions is too long")
        }
        return try parse(bytes)
    }

    /// A line each: `network`, `databases`, `read PATH`, `write PATH`, `memory BYTES`,
    /// `open-files NUMBER`, `processes NUMBER`. A NUL, which ends a text in C, ends a line too.
    static func parse(_ bytes: [UInt8]) throws(Problem) -> PluginPermissions {
        var permissions = PluginPermissions()
        for (index, line) in bytes.split(
            omittingEmptySubsequences: false, whereSeparator: { $0 == 10 || $0 == 0 }
        ).enumerated() where !line.isEmpty {
            let parts = line.split(separator: 0x20, maxSplits: 1, omittingEmptySubsequences: false)
            let word = parts.first.flatMap { String(validating: $0, as: UTF8.self) } ?? ""
            let value = parts.count > 1 ? String(validating: parts[1], as: UTF8.self) : ""
            guard let value, add(word, value, to: &permissions) else {
                throw Problem(
                    message: "line \(index + 1) of what it declares of permissions is not known")
            }
        }
        return permissions
    }

    /// False if that is no permission, or one that stands there already.
    private static func add(
        _ word: String, _ value: String, to permissions: inout PluginPermissions
    ) -> Bool {
        switch word {
        case "network":
            guard value.isEmpty, !permissions.allowsNetwork else { return false }
            permissions.allowsNetwork = true
            return true
        case "databases":
            guard value.isEmpty, !permissions.callsDatabases else { return false }
            permissions.callsDatabases = true
            return true
        case "read": return add(path: value, to: &permissions.readablePaths)
        case "write": return add(path: value, to: &permissions.writablePaths)
        case "memory": return set(&permissions.memoryBytes, value)
        case "open-files": return set(&permissions.openFiles, value)
        case "processes": return set(&permissions.processes, value)
        default: return false
        }
    }

    private static func add(path: String, to paths: inout [String]) -> Bool {
        guard PluginPermissions.isPath(path), paths.count < PluginPermissions.mostPaths,
            !paths.contains(where: { $0.utf8.elementsEqual(path.utf8) })
        else { return false }
        paths.append(path)
        return true
    }

    private static func set<T: FixedWidthInteger>(_ limit: inout T?, _ value: String) -> Bool {
        guard limit == nil, value.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let number = T(value), number > 0
        else { return false }
        limit = number
        return true
    }
}
