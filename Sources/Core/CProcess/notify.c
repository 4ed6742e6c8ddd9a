// System calls that wait for our word: the kernel hands them to us, and we say that they fail, or
// that they go on. What may not be is never told to go on here.

#define _GNU_SOURCE
#include "CProcess.h"
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

// Of newer headers than some that this is built with; the numbers are part of the interface.
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS _IOW('!', 4, uint64_t)
#endif
#ifndef SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP 1UL
#endif
#ifndef RESOLVE_CACHED
#define RESOLVE_CACHED 0x20
#endif

enum { NOTICE_BYTES = 512 };

int coffer_install_filter(const coffer_filter_step *steps, int count, bool listening) {
    const struct sock_fprog program = {
        .len = (unsigned short)count,
        .filter = (struct sock_filter *)(uintptr_t)steps,
    };
    if (!listening) return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
    // A signal does not take a call back that we have begun to look at, where the kernel can do
    // that; else it is made anew, and counted twice.
    const unsigned long flags = SECCOMP_FILTER_FLAG_NEW_LISTENER;
    const long listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                                  flags | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, &program);
    if (listener >= 0 || errno != EINVAL) return (int)listener;
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

// A message with one descriptor. It points into itself, so it stays where it is made.
struct parcel {
    struct msghdr message;
    struct iovec data;
    char byte;
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control;
};

static struct msghdr *wrap(struct parcel *parcel) {
    memset(parcel, 0, sizeof *parcel);
    parcel->data = (struct iovec){&parcel->byte, 1};
    parcel->message.msg_iov = &parcel->data;
    parcel->message.msg_iovlen = 1;
    parcel->message.msg_control = parcel->control.bytes;
    parcel->message.msg_controllen = sizeof parcel->control.bytes;
    return &parcel->message;
}

int coffer_hand_over(int socket, int descriptor) {
    struct parcel parcel;
    struct msghdr *message = wrap(&parcel);
    struct cmsghdr *header = CMSG_FIRSTHDR(message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
    return sendmsg(socket, message, 0) == 1 ? 0 : -1;
}

int coffer_take_over(int socket) {
    struct parcel parcel;
    struct msghdr *message = wrap(&parcel);
    if (recvmsg(socket, message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) != 1) return -1;
    const struct cmsghdr *header = CMSG_FIRSTHDR(message);
    if (!header || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS ||
        header->cmsg_len != CMSG_LEN(sizeof(int))) {
        errno = EMFILE;
        return -1;
    }
    int descriptor = -1;
    memcpy(&descriptor, CMSG_DATA(header), sizeof descriptor);
    // The caller of a refused call runs again on the processor that we leave; older kernels cannot.
    const int before = errno;
    if (ioctl(descriptor, SECCOMP_IOCTL_NOTIF_SET_FLAGS, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP) != 0)
        errno = before;
    return descriptor;
}

static int try_listener(void *argument) {
    (void)argument;
    const coffer_filter_step allow = {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) _exit(errno);
    _exit(coffer_install_filter(&allow, 1, true) < 0 ? errno : 0);
}

int coffer_probe_listener(void) {
    struct seccomp_notif_sizes sizes;
    if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) != 0) return errno;
    if (sizes.seccomp_notif > NOTICE_BYTES || sizes.seccomp_notif_resp > NOTICE_BYTES)
        return ENOTSUP;
    return coffer_try_in_child(try_listener, 0);
}

bool coffer_next_call(int listener, coffer_waiting_call *call) {
    union {
        struct seccomp_notif notice;
        char bytes[NOTICE_BYTES];
    } room;
    memset(&room, 0, sizeof room);
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &room) != 0) return false;
    call->id = room.notice.id;
    call->task = (pid_t)room.notice.pid;
    call->number = (uint32_t)room.notice.data.nr;
    for (int index = 0; index < 6; index++) call->arguments[index] = room.notice.data.args[index];
    return true;
}

static void answer(int listener, const struct seccomp_notif_resp *response) {
    union {
        struct seccomp_notif_resp response;
        char bytes[NOTICE_BYTES];
    } room;
    memset(&room, 0, sizeof room);
    room.response = *response;
    // Where it fails the caller is gone.
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &room) != 0) errno = 0;
}

void coffer_refuse_call(int listener, uint64_t id, int error) {
    const struct seccomp_notif_resp response = {.id = id, .error = -error};
    answer(listener, &response);
}

void coffer_let_call_go_on(int listener, uint64_t id) {
    const struct seccomp_notif_resp response = {
        .id = id,
        .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE,
    };
    answer(listener, &response);
}

bool coffer_call_still_waits(int listener, uint64_t id) {
    return ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

ssize_t coffer_read_text(pid_t task, uint64_t address, char *text, size_t size) {
    const uint64_t page = 4096;
    // Up to the end of a page, and the next one apart: it may not be there.
    const size_t left = (size_t)(page - address % page);
    const size_t first = left < size ? left : size;
    struct iovec ours = {text, size};
    struct iovec theirs[2] = {
        {(void *)(uintptr_t)address, first},
        {(void *)(uintptr_t)(address + first), size - first},
    };
    const ssize_t count =
        process_vm_readv(task, &ours, 1, theirs, size > first ? 2 : 1, 0);
    if (count < 0) return -errno;
    const char *end = memchr(text, 0, (size_t)count);
    return end ? end - text : count;
}

int coffer_open_cached(const char *path) {
    struct open_how how;
    memset(&how, 0, sizeof how);
    how.flags = O_PATH | O_CLOEXEC;
    how.resolve = RESOLVE_CACHED | RESOLVE_NO_MAGICLINKS;
    const long descriptor = syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how);
    return descriptor < 0 ? -errno : (int)descriptor;
}

int coffer_poller(void) { return epoll_create1(EPOLL_CLOEXEC); }

int coffer_poller_add(int poller, int descriptor, uint64_t id) {
    struct epoll_event event = {.events = EPOLLIN, .data = {.u64 = id}};
    return epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &event);
}

int coffer_poller_change(int poller, int descriptor, uint64_t id, bool reads) {
    struct epoll_event event = {.events = reads ? EPOLLIN : 0, .data = {.u64 = id}};
    return epoll_ctl(poller, EPOLL_CTL_MOD, descriptor, &event);
}

int coffer_poller_wait(int poller, coffer_poll_event *events, int most, int milliseconds) {
    enum { MOST = 64 };
    struct epoll_event found[MOST];
    const int count = epoll_wait(poller, found, most < MOST ? most : MOST, milliseconds);
    for (int index = 0; index < count; index++) {
        events[index].id = found[index].data.u64;
        events[index].is_readable = (found[index].events & EPOLLIN) != 0;
    }
    return count < 0 ? 0 : count;
}
