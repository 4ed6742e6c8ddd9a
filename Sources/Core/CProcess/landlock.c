// Landlock's system calls, which the C library does not wrap. The kernel's header is not needed, so
// that this builds against older ones; the numbers are part of the kernel's interface.

#define _GNU_SOURCE
#include "CProcess.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { VERSION_FLAG = 1, BENEATH_PATH = 1 };

struct ruleset {
    uint64_t file_access;
    uint64_t network_access;
    uint64_t scopes;
};

struct beneath {
    uint64_t access;
    int32_t path;
} __attribute__((packed));

int coffer_landlock_version(void) {
    const long version = syscall(SYS_landlock_create_ruleset, NULL, 0, VERSION_FLAG);
    return version < 0 ? 0 : (int)version;
}

int coffer_landlock_ruleset(uint64_t file_access, uint64_t network_access, uint64_t scopes) {
    const struct ruleset rules = {file_access, network_access, scopes};
    // Older kernels know a shorter one; they are given no more than what they know.
    const size_t size = scopes           ? sizeof rules
                        : network_access ? offsetof(struct ruleset, scopes)
                                         : offsetof(struct ruleset, network_access);
    const long descriptor = syscall(SYS_landlock_create_ruleset, &rules, size, 0);
    return descriptor < 0 ? -errno : (int)descriptor;
}

int coffer_open_path(const char *path) {
    const int descriptor = open(path, O_PATH | O_CLOEXEC);
    return descriptor < 0 ? -errno : descriptor;
}

int coffer_landlock_allow(int ruleset, int path, uint64_t access) {
    const struct beneath rule = {access, path};
    const long outcome = syscall(SYS_landlock_add_rule, ruleset, BENEATH_PATH, &rule, 0);
    return outcome == 0 ? 0 : errno;
}

bool coffer_has_filters(void) {
    const uint32_t action = SECCOMP_RET_KILL_PROCESS;
    return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}
