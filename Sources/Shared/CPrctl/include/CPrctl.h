// System calls that Swift cannot import because they are variadic.

#ifndef COFFER_CPRCTL_H
#define COFFER_CPRCTL_H

/// The kernel kills this process when its parent ends. 0 or -1 with errno.
int coffer_die_with_parent(void);

/// No core dumps, and no debugger of the same user. 0 or -1 with errno.
int coffer_forbid_dumps(void);

#endif
