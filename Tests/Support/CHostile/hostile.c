#define _GNU_SOURCE
#include "CHostile.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

long hostile_call(long number, const intptr_t a[6]) {
    const long result = syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
    return result == -1 ? -errno : result;
}

int hostile_forks(int most) {
    int count = 0;
    for (; count < most; count++) {
        const long child = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
        if (child < 0) break;
        if (child == 0) {
            for (;;) pause();
        }
    }
    return count;
}

struct life {
    int seconds;
    int spins;
};

static struct life life;

static void *live(void *ignored) {
    (void)ignored;
    const struct life mine = life;
    struct timespec now, end;
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += mine.seconds;
    do {
        if (!mine.spins) sleep(1);
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while (now.tv_sec < end.tv_sec);
    return NULL;
}

int hostile_threads(int most, int seconds, int spins) {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, 64 * 1024);
    life = (struct life){seconds, spins};
    int count = 0;
    for (; count < most; count++) {
        pthread_t thread;
        if (pthread_create(&thread, &attributes, live, NULL) != 0) break;
    }
    pthread_attr_destroy(&attributes);
    return count;
}

int hostile_memory(int most, int seconds) {
    const size_t piece = 1024 * 1024;
    static char *pieces[64 * 1024];
    int count = 0;
    for (; count < most && count < 64 * 1024; count++) {
        char *memory =
            mmap(NULL, piece, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) break;
        // One page is enough to have it; all of them would take the tests' machine its memory.
        memory[0] = 1;
        pieces[count] = memory;
    }
    if (seconds > 0) sleep((unsigned)seconds);
    for (int index = 0; index < count; index++) munmap(pieces[index], piece);
    return count;
}
