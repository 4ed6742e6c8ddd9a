// The files of the server itself, and what of them an entry of the catalog opens to a plugin.

internal import Audit
internal import Glibc
internal import Paths

/// One file or folder of the server's own.
public struct ServerFile: Sendable, Hashable {
    public var path: String
    /// As a message names it, such as `the storage`.
    public var noun: String

    public init(path: String, noun: String) {
        self.path = path
        self.noun = noun
    }
}

/// Whoever registers a plugin may let it read or write anything; what this finds is more often a
/// mistake than meant, and worth a warning.
enum ServerFiles {
    /// A sentence for each of the server's files that lies in, or around, what the plugin may use.
    static func warnings(_ permissions: PluginPermissions, _ files: [ServerFile]) -> [String] {
        let files = files.map { ($0.noun, resolved($0.path)) }
        func found(_ field: String, _ paths: [String], _ verb: String) -> [String] {
            paths.flatMap { path in
                let place = resolved(path)
                return files.filter { contains(place, $0.1) || contains($0.1, place) }.map {
                    "\(field): \"\(VisibleText.escaping(path))\" lets the plugin \(verb) \($0.0) "
                        + "of the server"
                }
            }
        }
        return found("readable_paths", permissions.readablePaths, "read")
            + found("writable_paths", permissions.writablePaths, "read and change")
    }

    /// What the audit log is written to.
    static func logs(of devices: [AuditDeviceEntry]) -> [ServerFile] {
        devices.compactMap { device in
            guard let options = try? device.deviceOptions(),
                case .file(let target) = options.target, case .file(let path) = target.place
            else { return nil }
            return ServerFile(path: path, noun: "an audit log")
        }
    }

    /// Where links lead. What is not there yet is taken by its words.
    private static func resolved(_ path: String) -> String {
        guard let real = realpath(path, nil) else {
            return path.utf8.count > 1 && path.utf8.last == 0x2F ? String(path.dropLast()) : path
        }
        defer { free(real) }
        return String(cString: real)
    }

    private static func contains(_ folder: String, _ path: String) -> Bool {
        let prefix = folder == "/" ? "/" : folder + "/"
        return path.utf8.elementsEqual(folder.utf8) || path.utf8.starts(with: prefix.utf8)
    }
}
