// What this kernel and the server's own rights offer for keeping plugins in.

internal import CProcess
internal import Glibc

struct KernelFeatures: Sendable, Equatable {
    /// Version of landlock; 0 for none.
    var landlock: Int
    var hasFilters: Bool
    /// The range of users that plugins may become; `nil` if the server may not change them.
    var users: Range<UInt32>?
    /// CLONE_NEW… flags that work; 0 for none.
    var namespaces: UInt64
    /// Whether the host can hear of what a filter refuses.
    var reportsRefusals = false
    /// Whether those need a user namespace around them, which a server that is not root can make.
    var needsUserNamespace: Bool { namespaces & Namespace.user != 0 }

    enum Namespace {
        static let processes: UInt64 = 0x2000_0000
        static let network: UInt64 = 0x4000_0000
        static let messages: UInt64 = 0x0800_0000
        static let user: UInt64 = 0x1000_0000
    }

    /// Tried out, not guessed: a container may refuse what the kernel could do.
    static func probe() -> KernelFeatures {
        let own = Namespace.processes | Namespace.network | Namespace.messages
        let users = canChangeUser ? PluginUsers.range(mapped: isMapped) : nil
        // Within a user namespace nobody else can be become.
        let choices = users == nil ? [own, own | Namespace.user] : [own]
        return KernelFeatures(
            landlock: Int(coffer_landlock_version()), hasFilters: coffer_has_filters(),
            users: users,
            namespaces: choices.first { coffer_probe_namespaces($0) == 0 } ?? 0,
            reportsRefusals: coffer_probe_listener() == 0)
    }

    /// Effective CAP_SETGID and CAP_SETUID.
    private static var canChangeUser: Bool {
        guard geteuid() == 0 else { return false }
        let effective = lines(of: "/proc/self/status").first { $0.hasPrefix("CapEff:") }
        let digits = effective?.split(separator: "\t").last ?? ""
        let needed: UInt64 = 1 << 6 | 1 << 7
        return (UInt64(digits, radix: 16) ?? 0) & needed == needed
    }

    /// Whether all of them exist in the server's user namespace.
    private static func isMapped(_ users: Range<UInt32>) -> Bool {
        ["/proc/self/uid_map", "/proc/self/gid_map"].allSatisfy { file in
            lines(of: file).contains { line in
                let numbers = line.split(separator: " ").compactMap { UInt64($0) }
                guard numbers.count == 3 else { return false }
                let end = numbers[0] &+ numbers[2]
                return numbers[0] <= UInt64(users.lowerBound) && UInt64(users.upperBound) <= end
            }
        }
    }

    private static func lines(of path: String) -> [Substring] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 16 * 1024)
        let count = read(descriptor, &bytes, bytes.count)
        guard count > 0 else { return [] }
        return String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n")
    }
}
