#define _GNU_SOURCE
#include "CProcess.h"
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef P_PIDFD
#define P_PIDFD 3
#endif


_Static_assert(sizeof(coffer_filter_step) == sizeof(struct sock_filter), "one shape");

enum { CHILD_STACK_BYTES = 128 * 1024, FIRST_LANE = 3 };

struct launch {
    const coffer_spawn_plan *plan;
    // The child shares our memory until it executes, so these two reach us without a pipe.
    volatile coffer_spawn_step step;
    volatile int error;
    /// Whether a listener is on its way to us.
    volatile bool hands_over;
    /// Ends of a pair of sockets, ours first; -1 without a listener to hand over.
    int handover[2];
};

// The child's descriptors besides lanes and standard ones.
struct placed {
    int executable;
    int file_rules;
    int handover;
};

static void stop(struct launch *launch, coffer_spawn_step step) __attribute__((noreturn));
static void stop(struct launch *launch, coffer_spawn_step step) {
    launch->error = errno;
    launch->step = step;
    _exit(127);
}

// Places the descriptors: first all above the range they will fill, so that no dup2 overwrites one
// that is still needed, then each where it belongs, then everything else away.
static struct placed place_descriptors(struct launch *launch) {
    const coffer_spawn_plan *plan = launch->plan;
    const int floor = FIRST_LANE + plan->lane_count + 3;
    const int null_device = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null_device < 0) stop(launch, COFFER_SPAWN_DESCRIPTORS);
    const int log_pipe = fcntl(plan->log_pipe, F_DUPFD_CLOEXEC, floor);
    const int program = fcntl(plan->executable, F_DUPFD_CLOEXEC, floor);
    int lanes[plan->lane_count];
    if (log_pipe < 0 || program < 0) stop(launch, COFFER_SPAWN_DESCRIPTORS);
    for (int lane = 0; lane < plan->lane_count; lane++) {
        lanes[lane] = fcntl(plan->lanes[lane], F_DUPFD_CLOEXEC, floor);
        if (lanes[lane] < 0) stop(launch, COFFER_SPAWN_DESCRIPTORS);
    }
    int rules = -1;
    if (plan->sandbox && plan->sandbox->file_rules >= 0) {
        rules = fcntl(plan->sandbox->file_rules, F_DUPFD_CLOEXEC, floor);
        if (rules < 0) stop(launch, COFFER_SPAWN_DESCRIPTORS);
    }
    int handover = -1;
    if (launch->handover[1] >= 0) {
        handover = fcntl(launch->handover[1], F_DUPFD_CLOEXEC, floor);
        if (handover < 0) stop(launch, COFFER_SPAWN_DESCRIPTORS);
    }
    const int quiet = fcntl(null_device, F_DUPFD_CLOEXEC, floor);
    if (quiet < 0) stop(launch, COFFER_SPAWN_DESCRIPTORS);

    if (dup2(quiet, STDIN_FILENO) < 0 || dup2(quiet, STDOUT_FILENO) < 0 ||
        dup2(log_pipe, STDERR_FILENO) < 0)
        stop(launch, COFFER_SPAWN_DESCRIPTORS);
    for (int lane = 0; lane < plan->lane_count; lane++)
        if (dup2(lanes[lane], FIRST_LANE + lane) < 0) stop(launch, COFFER_SPAWN_DESCRIPTORS);
    int last = FIRST_LANE + plan->lane_count;
    struct placed placed = {last, -1, -1};
    if (dup3(program, placed.executable, plan->keep_executable ? 0 : O_CLOEXEC) < 0)
        stop(launch, COFFER_SPAWN_DESCRIPTORS);
    if (rules >= 0) {
        placed.file_rules = ++last;
        if (dup3(rules, last, O_CLOEXEC) < 0) stop(launch, COFFER_SPAWN_DESCRIPTORS);
    }
    if (handover >= 0) {
        placed.handover = ++last;
        if (dup3(handover, last, O_CLOEXEC) < 0) stop(launch, COFFER_SPAWN_DESCRIPTORS);
    }
    if (close_range((unsigned)last + 1, ~0U, 0) != 0) stop(launch, COFFER_SPAWN_DESCRIPTORS);
    return placed;
}

// What cannot be written is no harm: the child is no worse off than the core then.
static void tell_kernel(const char *path, const char *text) {
    const int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0) return;
    if (write(file, text, strlen(text)) < 0) errno = 0;
    close(file);
}

// Where there is not enough for all, plugins go short before the core. For the processors it is
// said twice: the kernel shares them out between sessions first where it groups them so, which
// keeps an engine's many threads from counting each, and between threads then.
static void stand_back(void) {
    tell_kernel("/proc/self/oom_score_adj", "500");
    tell_kernel("/proc/self/autogroup", "10");
    if (setpriority(PRIO_PROCESS, 0, 10) != 0) errno = 0;
}

// Raw system calls: the C library's functions would change the core's threads too, whose memory
// this is.
static void become(struct launch *launch, const coffer_sandbox *sandbox) {
    for (int capability = 0; capability < 64; capability++)
        if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) break;
    if (sandbox->changes_user) {
        const long user = sandbox->user;
        if (syscall(SYS_setgroups, 0L, NULL) != 0 ||
            syscall(SYS_setresgid, user, user, user) != 0 ||
            syscall(SYS_setresuid, user, user, user) != 0)
            stop(launch, COFFER_SPAWN_USER);
    }
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3];
    memset(none, 0, sizeof none);
    if (syscall(SYS_capset, &header, none) != 0) stop(launch, COFFER_SPAWN_USER);
}

static void limit(struct launch *launch, const coffer_sandbox *sandbox) {
    for (int index = 0; index < sandbox->limit_count; index++) {
        const coffer_limit *one = &sandbox->limits[index];
        struct rlimit now;
        if (getrlimit((__rlimit_resource_t)one->resource, &now) != 0)
            stop(launch, COFFER_SPAWN_LIMITS);
        // Never above what the core itself has.
        const rlim_t most = one->most < now.rlim_max ? one->most : now.rlim_max;
        const struct rlimit wanted = {most, most};
        if (setrlimit((__rlimit_resource_t)one->resource, &wanted) != 0)
            stop(launch, COFFER_SPAWN_LIMITS);
    }
}

// What /proc says of the child itself, which is not there before the child is. Swift reads a
// program's arguments from it.
static void allow_own_process(int file_rules) {
    const int own = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (own < 0) return;
    coffer_landlock_allow(file_rules, own, COFFER_READ_BELOW);
    close(own);
}

// The core holds the other end of each lane; no other process does once this one has closed its
// copies. If it is gone, the signal of its death may have been missed.
static bool core_is_gone(void) {
    struct pollfd lane = {.fd = FIRST_LANE, .events = POLLRDHUP};
    return poll(&lane, 1, 0) > 0 && (lane.revents & (POLLHUP | POLLRDHUP | POLLERR)) != 0;
}

// From here on nothing is called that waits for the core: it stands still until the program runs.
static void filter(struct launch *launch, const coffer_sandbox *sandbox, int handover) {
    if (handover >= 0) {
        const int listener =
            coffer_install_filter(sandbox->reporting_filter, sandbox->reporting_length, true);
        if (listener >= 0) {
            launch->hands_over = true;
            if (coffer_hand_over(handover, listener) != 0) stop(launch, COFFER_SPAWN_FILTER);
            return;
        }
    }
    // What is refused does not depend on who hears of it.
    if (coffer_install_filter(sandbox->filter, sandbox->filter_length, false) != 0)
        stop(launch, COFFER_SPAWN_FILTER);
}

static int child(void *argument) {
    struct launch *launch = argument;
    const coffer_spawn_plan *plan = launch->plan;
    const coffer_sandbox *sandbox = plan->sandbox;

    // A session of its own: no terminal, and a group that can be killed with all it started.
    if (setsid() < 0) stop(launch, COFFER_SPAWN_SESSION);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) stop(launch, COFFER_SPAWN_PRIVILEGES);
    const struct rlimit none = {0, 0};
    if (setrlimit(RLIMIT_CORE, &none) != 0) stop(launch, COFFER_SPAWN_CORE_LIMIT);
    umask(077);
    if (chdir("/") != 0) stop(launch, COFFER_SPAWN_DIRECTORY);

    stand_back();

    const struct placed placed = place_descriptors(launch);
    const int file_rules = placed.file_rules;

    struct sigaction standard;
    memset(&standard, 0, sizeof standard);
    standard.sa_handler = SIG_DFL;
    // The C library keeps two numbers to itself and refuses them; the kernel refuses KILL and STOP.
    for (int number = 1; number < NSIG; number++) sigaction(number, &standard, NULL);
    sigset_t empty;
    sigemptyset(&empty);
    if (sigprocmask(SIG_SETMASK, &empty, NULL) != 0) stop(launch, COFFER_SPAWN_SIGNALS);

    if (sandbox) {
        limit(launch, sandbox);
        become(launch, sandbox);
    }
    // The child must not outlive us. The kernel forgets this when the user changes, so it comes
    // after; if we died before it took hold, the lanes say so.
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) stop(launch, COFFER_SPAWN_PARENT_DEATH);
    if (plan->lane_count > 0 && core_is_gone()) stop(launch, COFFER_SPAWN_PARENT_GONE);
    if (file_rules >= 0) allow_own_process(file_rules);
    if (file_rules >= 0 && syscall(SYS_landlock_restrict_self, file_rules, 0) != 0)
        stop(launch, COFFER_SPAWN_FILE_RULES);
    if (sandbox && sandbox->filter) filter(launch, sandbox, placed.handover);
    syscall(SYS_execveat, placed.executable, "", plan->arguments, plan->environment, AT_EMPTY_PATH);
    stop(launch, COFFER_SPAWN_EXECUTE);
}

static void close_handover(struct launch *launch) {
    for (int end = 0; end < 2; end++)
        if (launch->handover[end] >= 0) close(launch->handover[end]);
}

bool coffer_spawn(const coffer_spawn_plan *plan, coffer_spawn_result *result) {
    struct launch launch = {.plan = plan, .step = COFFER_SPAWN_NONE, .handover = {-1, -1}};
    result->listener = -1;
    result->pid = -1;
    result->pidfd = -1;
    result->step = COFFER_SPAWN_CLONE;
    result->error = 0;

    char *stack = mmap(NULL, CHILD_STACK_BYTES, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (stack == MAP_FAILED) {
        result->error = errno;
        return false;
    }
    if (plan->sandbox && plan->sandbox->filter && plan->sandbox->reporting_filter &&
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, launch.handover) != 0)
        launch.handover[0] = launch.handover[1] = -1;

    // No handler of ours may run in the child while it still shares our memory.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    // CLONE_VFORK: we stand still until the child has executed or ended, and no page is copied.
    int pidfd = -1;
    const int namespaces = plan->sandbox ? (int)plan->sandbox->namespaces : 0;
    const int dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
    const pid_t pid =
        clone(child, stack + CHILD_STACK_BYTES,
              CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD | namespaces, &launch, &pidfd);
    const int clone_error = errno;
    // A change of user sets this anew for the memory, which was ours too.
    if (dumpable == 0 || dumpable == 1) prctl(PR_SET_DUMPABLE, dumpable, 0, 0, 0);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    munmap(stack, CHILD_STACK_BYTES);
    if (pid >= 0 && launch.step == COFFER_SPAWN_NONE && launch.hands_over) {
        result->listener = coffer_take_over(launch.handover[0]);
        if (result->listener < 0) {
            // Nobody would answer its calls.
            launch.step = COFFER_SPAWN_FILTER;
            launch.error = errno;
            coffer_signal(pidfd, SIGKILL);
        }
    }
    close_handover(&launch);

    if (pid < 0) {
        result->error = clone_error;
        return false;
    }
    if (launch.step != COFFER_SPAWN_NONE) {
        siginfo_t info;
        while (waitid((idtype_t)P_PIDFD, (id_t)pidfd, &info, WEXITED) != 0 && errno == EINTR) {
        }
        close(pidfd);
        result->step = launch.step;
        result->error = launch.error;
        return false;
    }
    result->pid = pid;
    result->pidfd = pidfd;
    result->step = COFFER_SPAWN_NONE;
    return true;
}

int coffer_try_in_child(int (*body)(void *), int flags) {
    char *stack = mmap(NULL, CHILD_STACK_BYTES, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (stack == MAP_FAILED) return errno;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    int pidfd = -1;
    const pid_t pid =
        clone(body, stack + CHILD_STACK_BYTES,
              CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD | flags, NULL, &pidfd);
    const int error = pid < 0 ? errno : 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    munmap(stack, CHILD_STACK_BYTES);
    if (pid < 0) return error;
    siginfo_t info;
    memset(&info, 0, sizeof info);
    while (waitid((idtype_t)P_PIDFD, (id_t)pidfd, &info, WEXITED) != 0 && errno == EINTR) {
    }
    close(pidfd);
    return info.si_code == CLD_EXITED ? info.si_status : ECHILD;
}

static int end_at_once(void *argument) {
    (void)argument;
    _exit(0);
}

int coffer_probe_namespaces(uint64_t namespaces) {
    return coffer_try_in_child(end_at_once, (int)namespaces);
}

struct visit {
    void (*call)(const char *path, void *context);
    void *context;
};

static int visit_library(struct dl_phdr_info *info, size_t size, void *argument) {
    (void)size;
    const struct visit *visit = argument;
    if (info->dlpi_name && info->dlpi_name[0] == '/') visit->call(info->dlpi_name, visit->context);
    return 0;
}

void coffer_loaded_libraries(void (*call)(const char *path, void *context), void *context) {
    struct visit visit = {call, context};
    dl_iterate_phdr(visit_library, &visit);
}

int coffer_reap(int pidfd, bool *signalled, int *status) {
    siginfo_t info;
    memset(&info, 0, sizeof info);
    int outcome;
    do {
        outcome = waitid((idtype_t)P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG);
    } while (outcome != 0 && errno == EINTR);
    if (outcome != 0) return -1;
    if (info.si_pid == 0) return 0;
    *signalled = info.si_code != CLD_EXITED;
    *status = info.si_status;
    return 1;
}

int coffer_signal(int pidfd, int signal_number) {
    return syscall(SYS_pidfd_send_signal, pidfd, signal_number, NULL, 0) == 0 ? 0 : errno;
}

void coffer_stand_last(pid_t pid, bool last) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/autogroup", (int)pid);
    tell_kernel(path, last ? "19" : "10");
}

int coffer_process_descriptor(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int coffer_socket_pair(int *host_end, int *child_end) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return errno;
    *host_end = ends[0];
    *child_end = ends[1];
    return 0;
}

int coffer_log_pipe(int *read_end, int *write_end) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return errno;
    if (fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) {
        const int error = errno;
        close(ends[0]);
        close(ends[1]);
        return error;
    }
    *read_end = ends[0];
    *write_end = ends[1];
    return 0;
}

int coffer_event_descriptor(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

int coffer_open_beneath(int directory, const char *name) {
    struct open_how how;
    memset(&how, 0, sizeof how);
    // Non-blocking, or opening a FIFO of that name would wait for a writer.
    how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    const long descriptor = syscall(SYS_openat2, directory, name, &how, sizeof how);
    if (descriptor < 0 && (errno == ENOSYS || errno == EPERM)) {
        // Where the system call is not offered, no link at all is followed; a name has one segment.
        const int plain = openat(directory, name, (int)how.flags | O_NOFOLLOW);
        return plain < 0 ? -errno : plain;
    }
    return descriptor < 0 ? -errno : (int)descriptor;
}

int coffer_sealed_copy(int descriptor, const char *name, uint64_t size) {
    int copy = memfd_create(name, MFD_ALLOW_SEALING | MFD_CLOEXEC | 0x0010U /* MFD_EXEC */);
    // Kernels before 6.3 do not know the flag and make every such file executable.
    if (copy < 0 && errno == EINVAL) copy = memfd_create(name, MFD_ALLOW_SEALING | MFD_CLOEXEC);
    if (copy < 0) return -errno;
    off_t from = 0;
    while ((uint64_t)from < size) {
        const ssize_t count = sendfile(copy, descriptor, &from, size - (uint64_t)from);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) {
            const int error = count < 0 ? errno : EIO;
            close(copy);
            return -error;
        }
    }
    if (fchmod(copy, 0555) != 0 ||
        fcntl(copy, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0) {
        const int error = errno;
        close(copy);
        return -error;
    }
    return copy;
}

void coffer_become_service_thread(const char *name) {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    pthread_setname_np(pthread_self(), name);
    // It has little to do, and who is to be stopped is stopped late if it waits behind them. Where
    // we may not ask for it, it stays as it is.
    if (setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), -10) != 0) errno = 0;
}
