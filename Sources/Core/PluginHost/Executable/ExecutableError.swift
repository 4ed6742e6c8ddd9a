// Why a plugin's file is not run.

internal import Glibc

struct ExecutableError: Error, Equatable {
    enum Code: Equatable {
        case badName
        case notFound
        case unreadable(errno: Int32)
        case leavesDirectory
        /// Somebody else may have changed what is in the folder since it was checked.
        case untrustedDirectory
        case notARegularFile
        case writableByOthers
        case ownedByAnother
        case notExecutable
        case empty
        case tooLarge
        case changedWhileRead
        case wrongDigest
    }

    var code: Code
    var name: String

    var message: String {
        let problem =
            switch code {
            case .badName: "is not a name a plugin can have"
            case .notFound: "is not in the plugin directory"
            case .unreadable(let number): "cannot be read (\(SystemError.text(number)))"
            case .leavesDirectory: "leads out of the plugin directory"
            case .untrustedDirectory:
                "is not used: the plugin directory is another user's, or writable by others"
            case .notARegularFile: "is not a regular file"
            case .writableByOthers: "can be written by other users"
            case .ownedByAnother: "belongs to another user"
            case .notExecutable: "is not executable"
            case .empty: "is empty"
            case .tooLarge: "is too large"
            case .changedWhileRead: "changed while it was read"
            case .wrongDigest: "is not the file that was registered: its SHA-256 is another"
            }
        return "plugin file \"\(LogText.safe(name.utf8, longestBytes: 256))\" \(problem)"
    }
}

enum SystemError {
    static func text(_ number: Int32) -> String {
        var buffer = [CChar](repeating: 0, count: 128)
        guard strerror_r(number, &buffer, buffer.count) == 0 else { return "error \(number)" }
        return String(
            decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
