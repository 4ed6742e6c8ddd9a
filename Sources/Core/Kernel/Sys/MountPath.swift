// The spelling of a mount's path, checked once.

/// A path that something can be mounted at: with a trailing slash, and nothing in it that could be
/// read twice.
struct MountPath: Sendable {
    let text: String

    init(_ raw: String) throws(BackendFailure) {
        var path = raw[...]
        while path.utf8.first == UInt8(ascii: "/") { path = path.dropFirst() }
        while path.utf8.last == UInt8(ascii: "/") { path = path.dropLast() }
        guard !path.isEmpty else { throw BackendFailure(.invalidRequest, "path is missing") }
        guard path.utf8.count <= KernelLimits.mountPathBytes else {
            throw BackendFailure(
                .invalidRequest,
                "a mount path can have at most \(KernelLimits.mountPathBytes) bytes")
        }
        for segment in path.split(separator: "/", omittingEmptySubsequences: false) {
            guard !segment.isEmpty, segment != ".", segment != ".." else {
                throw BackendFailure(
                    .invalidRequest, "mount path has an empty, \".\" or \"..\" segment")
            }
            // "*" and "+" would be wildcards in every policy that names the mount.
            guard segment.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "*") }),
                segment != "+"
            else {
                throw BackendFailure(
                    .invalidRequest,
                    "mount path has white space, control characters or wildcards in it")
            }
        }
        text = path + "/"
    }

    /// Whether one of two paths lies within the other.
    static func overlap(_ left: String, _ right: String) -> Bool {
        left.utf8.starts(with: right.utf8) || right.utf8.starts(with: left.utf8)
    }
}
