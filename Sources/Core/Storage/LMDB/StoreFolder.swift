// The folder of a store: made private, locked against a second opener, flushed once made.

import Glibc

enum StoreFolder {
    static let lockName = "coffer.lock"

    /// Creates the folder and missing ones above it for this user alone. One that is there keeps
    /// its mode: it may be a mount point that an administrator has set up.
    static func create(_ path: String) throws(StorageError) {
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw StorageError(.io, "the store has no usable path")
        }
        var made: [UInt8] = []
        for part in path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        {
            made += part
            let folder = String(decoding: made, as: UTF8.self)
            made.append(UInt8(ascii: "/"))
            guard !part.isEmpty, mkdir(folder, 0o700) != 0, errno != EEXIST else { continue }
            guard errno != EROFS, errno != EACCES, errno != EPERM else {
                // An existing folder above may be unwritable; whether ours is there shows below.
                continue
            }
            throw failure("creating the store's folder \(path)")
        }
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw failure("creating the store's folder \(path)")
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw StorageError(.io, "the store's path \(path) is not a folder")
        }
    }

    /// A descriptor that holds the lock until it is closed, however the process ends.
    static func lock(_ path: String) throws(StorageError) -> Int32 {
        let flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW
        let descriptor = Glibc.open("\(path)/\(lockName)", flags, 0o600)
        guard descriptor >= 0 else { throw failure("opening the store's lock in \(path)") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let isHeld = errno == EWOULDBLOCK
            let error =
                isHeld
                ? StorageError(.inUse, "the store in \(path) is open in another process")
                : failure("locking the store in \(path)")
            Glibc.close(descriptor)
            throw error
        }
        return descriptor
    }

    /// Gives the lock up, also if a copy of the descriptor is left: a process that is being started
    /// has copies of all of them until its program runs, and closing ours would leave the lock to
    /// it.
    static func unlock(_ descriptor: Int32) {
        flock(descriptor, LOCK_UN)
        Glibc.close(descriptor)
    }

    /// Makes the names of new files durable, and the folder's own name above it.
    static func sync(_ path: String) throws(StorageError) {
        for folder in [path, "\(path)/.."] {
            let descriptor = Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard descriptor >= 0 else {
                // A folder above that may not be read was not made by this process.
                if folder != path, errno == EACCES { continue }
                throw failure("flushing the store's folder \(path)")
            }
            let status = fsync(descriptor)
            Glibc.close(descriptor)
            guard status == 0 else { throw failure("flushing the store's folder \(path)") }
        }
    }

    private static func failure(_ doing: String) -> StorageError {
        let code = errno
        let reason = strerror(code).map { String(cString: $0) } ?? "error \(code)"
        return StorageError(code == ENOSPC ? .full : .io, "\(reason) while \(doing)")
    }
}
