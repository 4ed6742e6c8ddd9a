// For trying out what the system offers.

#ifndef COFFER_PROBE_H
#define COFFER_PROBE_H

/// Runs `body` in a child that shares our memory and ends with what it returns, an errno value or 0.
/// That, or the errno value for which there was no child with these CLONE_… flags.
int coffer_try_in_child(int (*body)(void *), int flags);

#endif
