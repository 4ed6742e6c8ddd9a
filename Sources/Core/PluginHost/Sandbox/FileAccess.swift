// Landlock's names for what can be done with files.

struct FileAccess: OptionSet, Sendable, Hashable {
    let rawValue: UInt64

    static let execute = FileAccess(rawValue: 1 << 0)
    static let writeFile = FileAccess(rawValue: 1 << 1)
    static let readFile = FileAccess(rawValue: 1 << 2)
    static let readFolder = FileAccess(rawValue: 1 << 3)
    static let removeFolder = FileAccess(rawValue: 1 << 4)
    static let removeFile = FileAccess(rawValue: 1 << 5)
    static let makeFolder = FileAccess(rawValue: 1 << 7)
    static let makeFile = FileAccess(rawValue: 1 << 8)
    static let makeSymbolicLink = FileAccess(rawValue: 1 << 12)
    static let moveBetweenFolders = FileAccess(rawValue: 1 << 13)
    static let truncate = FileAccess(rawValue: 1 << 14)

    static let read: FileAccess = [.readFile, .readFolder]
    static let run: FileAccess = [.readFile, .readFolder, .execute]
    /// Neither devices nor sockets are made, and what is written there is not run.
    static let change: FileAccess = [
        .readFile, .readFolder, .writeFile, .removeFolder, .removeFile, .makeFolder, .makeFile,
        .makeSymbolicLink, .moveBetweenFolders, .truncate,
    ]
    /// What makes sense for a file that is no folder; the kernel takes nothing else for one.
    static let ofFiles: FileAccess = [.execute, .writeFile, .readFile, .truncate, .deviceControl]
    static let deviceControl = FileAccess(rawValue: 1 << 15)

    /// All that this version of landlock can refuse.
    static func handled(version: Int) -> FileAccess {
        switch version {
        case ...0: []
        case 1: FileAccess(rawValue: (1 << 13) - 1)
        case 2: FileAccess(rawValue: (1 << 14) - 1)
        case 3, 4: FileAccess(rawValue: (1 << 15) - 1)
        default: FileAccess(rawValue: (1 << 16) - 1)
        }
    }
}

/// An access to a file, or to a folder and all below it.
struct FileRule: Sendable, Hashable {
    var path: String
    var access: FileAccess
    /// Declared in the catalog: it must be there. What else a program may need may be missing.
    var isRequired = false
}
