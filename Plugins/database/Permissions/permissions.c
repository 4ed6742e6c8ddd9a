// What the host lets this engine do. It reads it from the file before anything of it runs; see
// "What a plugin can do" in ARCHITECTURE.md.

__attribute__((section("coffer.permissions"), used, retain)) static const char permissions[] =
    "network\n"
    "databases\n";
