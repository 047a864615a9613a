/* Keys, PINs and other values that must not outlive their use. */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

enum { SECRET_MAX = 64 };

/* A secret of up to 64 bytes. Lives where its owner lives; secret_clear()
 * zeroes it. Never print, log or compare with memcmp. */
struct secret {
    size_t len;
    uint8_t data[SECRET_MAX];
};

/* Copies len bytes; ERR_RANGE when they do not fit (the secret is then clear). */
enum err secret_set(struct secret *secret, const void *data, size_t len);
void secret_clear(struct secret *secret);
struct bytes secret_bytes(const struct secret *secret);
/* Zeroes memory in a way the compiler keeps. NULL with 0 is allowed. */
void secret_zero(void *memory, size_t len);
/* Reads a PIN or component file: one line, its line end stripped, 1..64 bytes.
 * ERR_SYSTEM (errno) when unreadable, ERR_RANGE when empty or too long,
 * ERR_MALFORMED when more than one line follows. */
enum err secret_read_file(const char *path, struct secret *secret);

#endif
