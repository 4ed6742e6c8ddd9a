// What `databases.c` declares, for the test that compares it with the engine.

#ifndef COFFER_DATABASES_H
#define COFFER_DATABASES_H

/// Names, a line each.
const char *coffer_databases(void);

#endif
