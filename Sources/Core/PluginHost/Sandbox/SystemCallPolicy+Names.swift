// The system calls by what they are for.

extension SystemCallPolicy {
    /// What Swift, C and Python programs do all day, on their own memory, threads and descriptors.
    /// Paths are the file rules' business.
    static let everyday: [String] =
        descriptors + waiting + paths + memory + threads + signals + time + knowledge

    private static let descriptors = [
        "read", "write", "readv", "writev", "pread64", "pwrite64", "preadv", "pwritev", "preadv2",
        "pwritev2", "lseek", "close", "close_range", "dup", "dup2", "dup3", "fcntl", "flock",
        "fsync", "fdatasync", "fadvise64", "sendfile", "pipe", "pipe2", "recvfrom", "sendto",
        "recvmsg", "sendmsg", "recvmmsg", "sendmmsg", "shutdown", "getsockname", "getpeername",
        "getsockopt", "setsockopt", "eventfd", "eventfd2", "timerfd_create", "timerfd_settime",
        "timerfd_gettime", "signalfd", "signalfd4",
    ]
    private static let waiting = [
        "poll", "ppoll", "select", "pselect6", "epoll_create", "epoll_create1", "epoll_ctl",
        "epoll_wait", "epoll_pwait", "epoll_pwait2", "pause", "restart_syscall", "wait4", "waitid",
    ]
    private static let paths = [
        "open", "openat", "openat2", "stat", "lstat", "fstat", "newfstatat", "statx", "statfs",
        "fstatfs", "access", "faccessat", "faccessat2", "readlink", "readlinkat", "getdents",
        "getdents64", "getcwd", "chdir", "fchdir", "umask",
    ]
    private static let memory = [
        "brk", "munmap", "mprotect", "mremap", "madvise", "mincore", "msync", "mlock", "mlock2",
        "munlock", "mlockall", "munlockall", "get_mempolicy", "membarrier",
    ]
    private static let threads = [
        "futex", "futex_waitv", "set_robust_list", "get_robust_list", "set_tid_address", "rseq",
        "sched_yield", "sched_getaffinity", "sched_getparam", "sched_getscheduler",
        "sched_get_priority_max", "sched_get_priority_min", "getcpu", "exit", "exit_group",
        "arch_prctl", "getpid", "gettid", "getppid",
    ]
    private static let signals = [
        "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigpending", "rt_sigsuspend",
        "rt_sigtimedwait", "sigaltstack", "tkill", "tgkill",
    ]
    private static let time = [
        "nanosleep", "clock_nanosleep", "clock_gettime", "clock_getres", "gettimeofday", "time",
        "times", "getitimer", "setitimer", "alarm", "timer_create", "timer_settime",
        "timer_gettime", "timer_getoverrun", "timer_delete",
    ]
    private static let knowledge = [
        "getuid", "geteuid", "getgid", "getegid", "getresuid", "getresgid", "getgroups", "getpgid",
        "getpgrp", "getsid", "setsid", "getrusage", "getrlimit", "sysinfo", "uname", "getpriority",
        "capget", "getrandom",
    ]

    static let networking = ["connect", "bind", "listen", "accept", "accept4"]

    /// With a writable folder. Modes and times too: what is not below the folder belongs to another
    /// user, or the file rules refuse to open it.
    static let changesOfFiles = [
        "creat", "mkdir", "mkdirat", "rmdir", "rename", "renameat", "renameat2", "unlink",
        "unlinkat", "link", "linkat", "symlink", "symlinkat", "truncate", "ftruncate", "fallocate",
        "fchmod", "copy_file_range", "sync_file_range",
    ]

    /// Into other processes, the kernel, or out of the sandbox. No library tries these to see
    /// whether they work.
    static let attacks = [
        "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "kcmp", "pidfd_getfd",
        "bpf", "userfaultfd", "add_key", "request_key", "keyctl", "unshare", "setns", "mount",
        "umount2", "pivot_root", "chroot", "move_mount", "open_tree", "fsopen", "fsconfig",
        "fsmount", "fspick", "mount_setattr", "open_by_handle_at", "init_module", "finit_module",
        "delete_module", "kexec_load", "kexec_file_load", "reboot", "swapon", "swapoff", "acct",
        "quotactl", "quotactl_fd", "settimeofday", "clock_settime", "adjtimex", "clock_adjtime",
        "sethostname", "setdomainname", "iopl", "ioperm", "vhangup",
    ]
}
