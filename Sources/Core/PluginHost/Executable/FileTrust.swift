// Who may change a file that is about to be executed, or the directory that it is in.

internal import Glibc

public struct FileTrust: Sendable {
    /// One more user whose files are run, besides root, the server's own and the owner of the
    /// server's program.
    public var userID: UInt32?
    /// Bits of a file's mode by which others may write to it, and that are accepted nevertheless.
    public var permissions: UInt32

    public init(userID: UInt32? = nil, permissions: UInt32 = 0) {
        self.userID = userID
        self.permissions = permissions
    }

    func problem(_ status: stat) -> ExecutableError.Code? {
        let mode = UInt32(status.st_mode) & ~permissions
        if mode & 0o002 != 0 { return .writableByOthers }
        if mode & 0o020 != 0, status.st_gid != getegid(), status.st_gid != 0 {
            return .writableByOthers
        }
        // The owner can always write. Whoever owns the core's own binary is trusted already.
        guard
            status.st_uid == 0 || status.st_uid == geteuid()
                || status.st_uid == Self.ownBinaryOwner || status.st_uid == userID
        else { return .ownedByAnother }
        return nil
    }

    /// Somebody besides root and the server's own user, though trusted, may write to the file while
    /// it is read.
    static func othersMayWrite(_ status: stat) -> Bool {
        status.st_mode & 0o022 != 0 || (status.st_uid != 0 && status.st_uid != geteuid())
    }

    private static let ownBinaryOwner: uid_t? = {
        var status = stat()
        return stat("/proc/self/exe", &status) == 0 ? status.st_uid : nil
    }()
}
