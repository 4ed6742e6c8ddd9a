// Starting a child so that nothing of this process reaches it but what was given, and waiting for
// it without a race on its number. Everything between clone and exec is async-signal-safe.

#ifndef COFFER_CPROCESS_H
#define COFFER_CPROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/// Where a child stopped before its program ran.
typedef enum {
    COFFER_SPAWN_NONE = 0,
    COFFER_SPAWN_CLONE,
    COFFER_SPAWN_PARENT_DEATH,
    COFFER_SPAWN_PARENT_GONE,
    COFFER_SPAWN_SESSION,
    COFFER_SPAWN_PRIVILEGES,
    COFFER_SPAWN_CORE_LIMIT,
    COFFER_SPAWN_DIRECTORY,
    COFFER_SPAWN_DESCRIPTORS,
    COFFER_SPAWN_SIGNALS,
    COFFER_SPAWN_EXECUTE,
} coffer_spawn_step;

typedef struct {
    /// The opened program: what is executed is this descriptor, not a name.
    int executable;
    /// Scripts are opened again by their interpreter, so they keep the descriptor (after the lanes).
    bool keep_executable;
    /// NULL-terminated.
    const char *const *arguments;
    const char *const *environment;
    /// Sockets that become descriptors 3, 4, … of the child.
    const int *lanes;
    int lane_count;
    /// Becomes standard error. Standard input and output are /dev/null.
    int log_pipe;
} coffer_spawn_plan;

typedef struct {
    pid_t pid;
    /// Close-on-exec descriptor of the child, readable when it has ended.
    int pidfd;
    coffer_spawn_step step;
    int error;
} coffer_spawn_result;

/// Starts a child. It is killed by the kernel when the *calling thread* ends, so the caller must be
/// a thread that lives as long as the children. Returns false and fills step and error on failure;
/// then no child is left.
bool coffer_spawn(const coffer_spawn_plan *plan, coffer_spawn_result *result);

/// 1: ended and collected, 0: still running, -1: errno says why. `status` is the exit code or the
/// signal's number.
int coffer_reap(int pidfd, bool *signalled, int *status);

/// 0 or an errno value. Never reaches another process, whatever became of the number.
int coffer_signal(int pidfd, int signal_number);

/// A close-on-exec descriptor of any process, readable when it has ended, or -1.
int coffer_process_descriptor(pid_t pid);

/// A connected pair of stream sockets, both close-on-exec. 0 or an errno value.
int coffer_socket_pair(int *host_end, int *child_end);

/// A pipe, both ends close-on-exec, the reading end non-blocking. 0 or an errno value.
int coffer_log_pipe(int *read_end, int *write_end);

/// A non-blocking close-on-exec event descriptor, or -1.
int coffer_event_descriptor(void);

/// Opens `name` in `directory` for reading if it lies there and no link leads out of it. Returns
/// the descriptor, or a negated errno value.
int coffer_open_beneath(int directory, const char *name);

/// Names the calling thread and blocks every signal on it.
void coffer_become_service_thread(const char *name);

#endif
