// The kinds of databases that are built in, as the catalog of plugins shows them. The host reads
// this from the file; a test holds it against the kinds that there are.

#include "databases.h"

__attribute__((section("coffer.databases"), used, retain)) static const char databases[] =
    "postgresql-database-plugin\n"
    "mysql-database-plugin\n"
    "mysql-aurora-database-plugin\n"
    "mysql-rds-database-plugin\n"
    "redis-database-plugin\n"
    "valkey-database-plugin\n";

const char *coffer_databases(void) { return databases; }
