// The socket file of a listener: bound with its permissions in place before anybody can connect.

internal import Glibc

/// A bound Unix socket and the file that it made.
struct UnixSocket {
    let descriptor: CInt
    let path: String
    private let device: dev_t
    private let inode: ino_t

    init(path: String, permissions: UnixSocketPermissions) throws(ListenerError) {
        guard var address = Self.address(path) else {
            throw ListenerError(
                .invalidAddress,
                "the path of the socket \(path) is longer than "
                    + "the \(Self.maxPathBytes) bytes that Unix allows"
            )
        }
        try Self.removeStale(path, &address)
        descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | Self.closeOnExec, 0)
        guard descriptor >= 0 else { throw Self.failure(path, errno) }
        self.path = path
        do throws(ListenerError) {
            (device, inode) = try Self.bind(descriptor, path, &address, permissions)
        } catch {
            close(descriptor)
            throw error
        }
    }

    /// Removes the file if it is still the one that was made here.
    func removeFile() {
        var information = stat()
        guard lstat(path, &information) == 0, information.st_dev == device,
            information.st_ino == inode
        else { return }
        unlink(path)
    }

    private static let closeOnExec = CInt(SOCK_CLOEXEC.rawValue)
    private static let maxPathBytes = MemoryLayout.size(ofValue: sockaddr_un().sun_path) - 1

    private static func bind(
        _ descriptor: CInt, _ path: String, _ address: inout sockaddr_un,
        _ permissions: UnixSocketPermissions
    ) throws(ListenerError) -> (dev_t, ino_t) {
        // On Linux the file takes the socket's mode: nobody can connect until it is set below.
        guard fchmod(descriptor, 0) == 0,
            withAddress(&address, { Glibc.bind(descriptor, $0, $1) }) == 0
        else { throw failure(path, errno) }
        var information = stat()
        let isOwned =
            chown(path, permissions.userID ?? .max, permissions.groupID ?? .max) == 0
            && chmod(path, permissions.mode & 0o777) == 0 && lstat(path, &information) == 0
        guard isOwned else {
            let number = errno
            unlink(path)
            throw ListenerError(
                .permissionDenied,
                "cannot set owner and mode of the socket \(path): \(SystemError.text(number))")
        }
        return (information.st_dev, information.st_ino)
    }

    /// A socket file that nobody answers on is left over from a server that did not end in order.
    private static func removeStale(
        _ path: String, _ address: inout sockaddr_un
    ) throws(ListenerError) {
        var information = stat()
        guard lstat(path, &information) == 0 else { return }
        guard information.st_mode & S_IFMT == S_IFSOCK else {
            throw ListenerError(
                .addressInUse, "cannot listen on \(path): a file that is no socket is there")
        }
        let probe = socket(
            AF_UNIX, CInt(SOCK_STREAM.rawValue) | closeOnExec | CInt(SOCK_NONBLOCK.rawValue), 0)
        guard probe >= 0 else { throw failure(path, errno) }
        defer { close(probe) }
        let answered = withAddress(&address) { connect(probe, $0, $1) } == 0
        guard !answered, errno == ECONNREFUSED else {
            throw ListenerError(
                .addressInUse, "cannot listen on \(path): another server is listening there")
        }
        unlink(path)
    }

    private static func address(_ path: String) -> sockaddr_un? {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard !bytes.isEmpty, bytes.count <= maxPathBytes, !bytes.contains(0) else { return nil }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return address
    }

    private static func withAddress(
        _ address: inout sockaddr_un, _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt
    ) -> CInt {
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    private static func failure(_ path: String, _ number: CInt) -> ListenerError {
        switch number {
        case EADDRINUSE:
            ListenerError(.addressInUse, "cannot listen on \(path): the address is in use")
        case EACCES, EPERM:
            ListenerError(
                .permissionDenied, "cannot listen on \(path): \(SystemError.text(number))")
        default: ListenerError(.io, "cannot listen on \(path): \(SystemError.text(number))")
        }
    }
}
