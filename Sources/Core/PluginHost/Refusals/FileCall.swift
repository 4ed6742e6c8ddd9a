// A system call that names a file: which one, and for what.

internal import CProcess
internal import Glibc

struct FileCall: Sendable, Equatable {
    /// As the caller wrote it.
    var path: String
    /// The descriptor that a relative path begins at.
    var directory: Int32
    /// Of `open`; `nil` for running a program.
    var flags: Int32?

    /// `nil` for calls that name no file that is opened or run.
    init?(
        _ name: String, _ arguments: [UInt64], readText: (UInt64) -> String?,
        readWord: (UInt64) -> UInt64?
    ) {
        guard arguments.count == 6, let place = Self.places[name],
            let path = readText(arguments[place.path])
        else { return nil }
        self.path = path
        directory =
            place.directory.map { Int32(truncatingIfNeeded: arguments[$0]) } ?? AT_FDCWD
        switch place.flags {
        case .argument(let index): flags = Int32(truncatingIfNeeded: arguments[index])
        case .memory(let index):
            // The first word of `struct open_how`.
            flags = readWord(arguments[index]).map { Int32(truncatingIfNeeded: $0) } ?? 0
        case .fixed(let value): flags = value
        case nil: flags = nil
        }
    }

    /// O_PATH, which the C library shows to C only; the same on both machines.
    private static let pathOnly: Int32 = 0x20_0000

    private enum Flags {
        case argument(Int)
        case memory(Int)
        case fixed(Int32)
    }

    private struct Place {
        var directory: Int?
        var path: Int
        var flags: Flags?
    }

    private static let places: [String: Place] = [
        "open": Place(directory: nil, path: 0, flags: .argument(1)),
        "openat": Place(directory: 0, path: 1, flags: .argument(2)),
        "openat2": Place(directory: 0, path: 1, flags: .memory(2)),
        "creat": Place(directory: nil, path: 0, flags: .fixed(O_CREAT | O_WRONLY | O_TRUNC)),
        "execve": Place(directory: nil, path: 0, flags: nil),
        "execveat": Place(directory: 0, path: 1, flags: nil),
    ]

    /// What landlock asks for. `nil` for a descriptor that gives no access.
    func access(isFolder: Bool) -> FileAccess? {
        guard let flags else { return .execute }
        guard flags & Self.pathOnly == 0 else { return nil }
        var access: FileAccess = []
        switch flags & O_ACCMODE {
        case O_WRONLY: access = .writeFile
        case O_RDWR: access = [.readFile, .writeFile]
        default: access = isFolder || flags & O_DIRECTORY != 0 ? .readFolder : .readFile
        }
        if flags & O_TRUNC != 0 { access.insert(.truncate) }
        return access
    }

    var makesFiles: Bool { (flags ?? 0) & O_CREAT != 0 }
}
