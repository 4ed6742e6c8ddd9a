// The files that `coffer plugin init` writes. They are real files below Examples/, which are built and
// tested there, and they travel inside the program.

#ifndef COFFER_CTEMPLATES_H
#define COFFER_CTEMPLATES_H

#include <stddef.h>

typedef struct {
    const char *language;
    /// Relative to the new plugin's folder.
    const char *path;
    const unsigned char *text;
    size_t count;
} coffer_template;

/// The template of that number, or NULL behind the last one.
const coffer_template *coffer_template_at(size_t index);

#endif
