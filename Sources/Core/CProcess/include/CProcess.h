// Starting a child so that nothing of this process reaches it but what was given, and waiting for
// it without a race on its number. Everything between clone and exec is async-signal-safe.

#ifndef COFFER_CPROCESS_H
#define COFFER_CPROCESS_H

#include <stdbool.h>
#include <stddef.h>
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
    COFFER_SPAWN_LIMITS,
    COFFER_SPAWN_USER,
    COFFER_SPAWN_FILE_RULES,
    COFFER_SPAWN_FILTER,
    COFFER_SPAWN_EXECUTE,
} coffer_spawn_step;

typedef struct {
    /// A number of RLIMIT_….
    int resource;
    uint64_t most;
} coffer_limit;

/// One instruction of a system call filter, as the kernel has it.
typedef struct {
    uint16_t code;
    uint8_t if_true;
    uint8_t if_false;
    uint32_t operand;
} coffer_filter_step;

/// What a child is kept in. Everything is made before the child is, which only applies it.
typedef struct {
    /// CLONE_NEW… flags.
    uint64_t namespaces;
    const coffer_limit *limits;
    int limit_count;
    /// Whether the child becomes `user`, with a group of that number and no other.
    bool changes_user;
    uint32_t user;
    /// A landlock ruleset, or -1.
    int file_rules;
    /// NULL for none.
    const coffer_filter_step *filter;
    int filter_length;
    /// The same filter, but that what it refuses waits for our word. Taken instead of the other
    /// where the kernel lets us listen; NULL for none.
    const coffer_filter_step *reporting_filter;
    int reporting_length;
} coffer_sandbox;

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
    /// NULL for a child that may do what the core may.
    const coffer_sandbox *sandbox;
} coffer_spawn_plan;

typedef struct {
    pid_t pid;
    /// Close-on-exec descriptor of the child, readable when it has ended.
    int pidfd;
    /// Where the child's refused calls wait for our word, or -1: they are refused without us.
    int listener;
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

/// Gives a child's session the last place where the kernel shares processors out between sessions, or
/// the place back that it began with; nothing where the kernel does not, or where we may not. The
/// child must not have been collected.
void coffer_stand_last(pid_t pid, bool last);

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

/// Whether a child may be made in new namespaces of these CLONE_NEW… flags: 0, or an errno value.
int coffer_probe_namespaces(uint64_t namespaces);

/// Calls `visit` with the path of each library that this process has loaded.
void coffer_loaded_libraries(void (*visit)(const char *path, void *context), void *context);

/// The version of landlock that the kernel offers; 0 for none.
int coffer_landlock_version(void);

/// Whether the kernel takes system call filters.
bool coffer_has_filters(void);

/// A ruleset that handles these accesses, all of which are refused until they are allowed below
/// some path. Returns the descriptor, or a negated errno value.
int coffer_landlock_ruleset(uint64_t file_access, uint64_t network_access, uint64_t scopes);

/// A descriptor that names a file and gives no access to it, or a negated errno value.
int coffer_open_path(const char *path);

/// Landlock's accesses of reading files and listing folders.
enum { COFFER_READ_BELOW = 1 << 2 | 1 << 3 };

/// Allows accesses to what `path` describes and all below it. 0 or an errno value.
int coffer_landlock_allow(int ruleset, int path, uint64_t access);

/// A sealed copy of a file in memory that any user may read and execute, or a negated errno value.
int coffer_sealed_copy(int descriptor, const char *name, uint64_t size);

/// Installs a filter in the calling thread. 0, or with `listening` the descriptor where its calls
/// wait; -1 with errno.
int coffer_install_filter(const coffer_filter_step *steps, int count, bool listening);

/// Sends a descriptor over a socket, and takes it at the other end: 0, or the descriptor; -1 with
/// errno. Neither waits.
int coffer_hand_over(int socket, int descriptor);
int coffer_take_over(int socket);

/// Whether refused calls can be listened to here: 0, or an errno value.
int coffer_probe_listener(void);

/// A system call that waits for our word.
typedef struct {
    uint64_t id;
    /// The thread that made it, by its number in our own namespace.
    pid_t task;
    uint32_t number;
    uint64_t arguments[6];
} coffer_waiting_call;

/// To be called when the listener is readable. False when the caller has ended meanwhile.
bool coffer_next_call(int listener, coffer_waiting_call *call);

/// The call fails with this error.
void coffer_refuse_call(int listener, uint64_t id, int error);

/// The kernel carries the call out, if all its other rules allow that. Never for a call that the
/// filter itself is to refuse.
void coffer_let_call_go_on(int listener, uint64_t id);

/// Whether what was read of its thread was read of that thread and not of another that has its
/// number now.
bool coffer_call_still_waits(int listener, uint64_t id);

/// The text at an address of another process, at most `size` bytes of it: their count without the
/// zero at the end, or a negated errno value.
ssize_t coffer_read_text(pid_t task, uint64_t address, char *text, size_t size);

/// A descriptor that names a file and gives no access to it, got without touching a disk or another
/// server: a stranger chose the path. A negated errno value, EAGAIN where that cannot be.
int coffer_open_cached(const char *path);

/// One descriptor of a poller that has something to say.
typedef struct {
    uint64_t id;
    /// Else its other end is gone.
    bool is_readable;
} coffer_poll_event;

/// A close-on-exec descriptor that waits for many, or -1.
int coffer_poller(void);

/// Waits for a descriptor from now on: to be readable, or only for its end. 0, or -1 with errno.
int coffer_poller_add(int poller, int descriptor, uint64_t id);
int coffer_poller_change(int poller, int descriptor, uint64_t id, bool reads);

/// How many of `events` were filled in; 0 also after a signal. `milliseconds` of -1 is for ever.
int coffer_poller_wait(int poller, coffer_poll_event *events, int most, int milliseconds);

/// Names the calling thread, blocks every signal on it and lets it go before others where we may.
void coffer_become_service_thread(const char *name);

#endif
