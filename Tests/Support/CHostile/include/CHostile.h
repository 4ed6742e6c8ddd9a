// What a plugin does that wants out of its sandbox. For tests of the sandbox only.

#ifndef COFFER_CHOSTILE_H
#define COFFER_CHOSTILE_H

#include <stdint.h>

/// Any system call. The result, or a negated errno value.
long hostile_call(long number, const intptr_t arguments[6]);

/// Starts processes until that fails or there are `most`. How many there are; each sleeps.
int hostile_forks(int most);

/// Starts threads until that fails or there are `most`. How many there are; each lives for that
/// many seconds, spinning or asleep.
int hostile_threads(int most, int seconds, int spins);

/// Takes memory until that fails or there are `most` MiB, and keeps it for that many seconds. How
/// many there were.
int hostile_memory(int most, int seconds);

#endif
