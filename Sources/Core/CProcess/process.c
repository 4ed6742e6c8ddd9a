#define _GNU_SOURCE
#include "CProcess.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

enum { CHILD_STACK_BYTES = 128 * 1024, FIRST_LANE = 3 };

struct launch {
    const coffer_spawn_plan *plan;
    pid_t parent;
    // The child shares our memory until it executes, so these two reach us without a pipe.
    volatile coffer_spawn_step step;
    volatile int error;
};

static void stop(struct launch *launch, coffer_spawn_step step) __attribute__((noreturn));
static void stop(struct launch *launch, coffer_spawn_step step) {
    launch->error = errno;
    launch->step = step;
    _exit(127);
}

// Places the descriptors: first all above the range they will fill, so that no dup2 overwrites one
// that is still needed, then each where it belongs, then everything else away.
static void place_descriptors(struct launch *launch, int *executable) {
    const coffer_spawn_plan *plan = launch->plan;
    const int floor = FIRST_LANE + plan->lane_count + 1;
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
    const int quiet = fcntl(null_device, F_DUPFD_CLOEXEC, floor);
    if (quiet < 0) stop(launch, COFFER_SPAWN_DESCRIPTORS);

    if (dup2(quiet, STDIN_FILENO) < 0 || dup2(quiet, STDOUT_FILENO) < 0 ||
        dup2(log_pipe, STDERR_FILENO) < 0)
        stop(launch, COFFER_SPAWN_DESCRIPTORS);
    for (int lane = 0; lane < plan->lane_count; lane++)
        if (dup2(lanes[lane], FIRST_LANE + lane) < 0) stop(launch, COFFER_SPAWN_DESCRIPTORS);
    *executable = FIRST_LANE + plan->lane_count;
    if (dup3(program, *executable, plan->keep_executable ? 0 : O_CLOEXEC) < 0)
        stop(launch, COFFER_SPAWN_DESCRIPTORS);
    if (close_range((unsigned)*executable + 1, ~0U, 0) != 0)
        stop(launch, COFFER_SPAWN_DESCRIPTORS);
}

static int child(void *argument) {
    struct launch *launch = argument;
    const coffer_spawn_plan *plan = launch->plan;

    // The child must not outlive us. If we died before this took hold, the parent is another now.
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) stop(launch, COFFER_SPAWN_PARENT_DEATH);
    if (getppid() != launch->parent) stop(launch, COFFER_SPAWN_PARENT_GONE);
    // A session of its own: no terminal, and a group that can be killed with all it started.
    if (setsid() < 0) stop(launch, COFFER_SPAWN_SESSION);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) stop(launch, COFFER_SPAWN_PRIVILEGES);
    const struct rlimit none = {0, 0};
    if (setrlimit(RLIMIT_CORE, &none) != 0) stop(launch, COFFER_SPAWN_CORE_LIMIT);
    umask(077);
    if (chdir("/") != 0) stop(launch, COFFER_SPAWN_DIRECTORY);

    int executable = -1;
    place_descriptors(launch, &executable);

    struct sigaction standard;
    memset(&standard, 0, sizeof standard);
    standard.sa_handler = SIG_DFL;
    // The C library keeps two numbers to itself and refuses them; the kernel refuses KILL and STOP.
    for (int number = 1; number < NSIG; number++) sigaction(number, &standard, NULL);
    sigset_t empty;
    sigemptyset(&empty);
    if (sigprocmask(SIG_SETMASK, &empty, NULL) != 0) stop(launch, COFFER_SPAWN_SIGNALS);

    syscall(SYS_execveat, executable, "", plan->arguments, plan->environment, AT_EMPTY_PATH);
    stop(launch, COFFER_SPAWN_EXECUTE);
}

bool coffer_spawn(const coffer_spawn_plan *plan, coffer_spawn_result *result) {
    struct launch launch = {.plan = plan, .parent = getpid(), .step = COFFER_SPAWN_NONE};
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

    // No handler of ours may run in the child while it still shares our memory.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    // CLONE_VFORK: we stand still until the child has executed or ended, and no page is copied.
    int pidfd = -1;
    const pid_t pid = clone(child, stack + CHILD_STACK_BYTES,
                            CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &launch, &pidfd);
    const int clone_error = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    munmap(stack, CHILD_STACK_BYTES);

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

void coffer_become_service_thread(const char *name) {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    pthread_setname_np(pthread_self(), name);
}
