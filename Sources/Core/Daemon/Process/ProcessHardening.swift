// What the process does to itself before it holds a secret.

internal import CPrctl
internal import Glibc

enum ProcessHardening {
    /// No core dumps, no debugger of another user, no death by a closed socket.
    static func apply() {
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        _ = setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
        _ = coffer_forbid_dumps()
        signal(SIGPIPE, SIG_IGN)
        raiseDescriptorLimit()
    }

    /// Every client and every plugin's lane is a descriptor; the soft limit is often 1024.
    private static func raiseDescriptorLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = min(limit.rlim_max, 65_536)
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
