/* What a search reads: a file, or the memory of a process as a core file has it. */
#ifndef ATTACK_SEARCH_IMAGE_H
#define ATTACK_SEARCH_IMAGE_H

#include <stdbool.h>

#include "base/bytes.h"

struct image {
    char name[256];
    struct buf bytes;
};

/* place: a path, or pid:N, stopped meanwhile. False, and a line on standard error, when it
 * cannot be read. The caller clears image->bytes in either case. */
bool image_read(const char *place, struct image *image);
/* Says on standard error what errno says. False. */
bool search_fail(const char *what, const char *of);

#endif
