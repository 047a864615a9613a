/* Secrets in every form in which they might lie about: pieces of 16 bytes, as bytes, as
 * bytes in reverse (a number of OpenSSL's), as hexadecimal digits of either case, as
 * base64. */
#ifndef ATTACK_SEARCH_PATTERN_H
#define ATTACK_SEARCH_PATTERN_H

#include "search_image.h"

struct patterns;

/* From lines of a name and hexadecimal digits. NULL, and a line on standard error, when
 * they are none. free() by the caller. */
struct patterns *patterns_load(const char *path);
/* Prints what it finds; how often it did. */
size_t patterns_search(const struct patterns *patterns, const struct image *image);

#endif
