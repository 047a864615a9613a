/* An input taken apart from its front. Lengths that lead past its end mean what
 * is left, so that a mutation changes little. */
#ifndef FUZZ_INPUT_H
#define FUZZ_INPUT_H

#include <string.h>

#include "base/bytes.h"
#include "fuzz.h"

/* The next byte, 0 at the end. */
static inline uint8_t fuzz_take_u8(struct bytes *input)
{
    if (input->len == 0) {
        return 0;
    }
    uint8_t byte = input->data[0];
    *input = bytes_make(input->data + 1, input->len - 1);
    return byte;
}

static inline struct bytes fuzz_take(struct bytes *input, size_t len)
{
    struct bytes piece = bytes_make(input->data, len < input->len ? len : input->len);
    *input = bytes_make(input->data + piece.len, input->len - piece.len);
    return piece;
}

/* A 2-byte length and as many bytes. */
static inline struct bytes fuzz_take_record(struct bytes *input)
{
    size_t high = fuzz_take_u8(input);
    return fuzz_take(input, high << 8 | fuzz_take_u8(input));
}

/* The same bytes in a block of exactly their size, for the sanitizers; free() by
 * the caller. */
static inline uint8_t *fuzz_copy(struct bytes bytes)
{
    uint8_t *copy = malloc(bytes.len > 0 ? bytes.len : 1);
    fuzz_check(copy != NULL);
    if (bytes.len > 0) {
        memcpy(copy, bytes.data, bytes.len);
    }
    return copy;
}

/* Zero-terminated within size, and nothing in it that moves a cursor. */
static inline bool fuzz_is_text(const char *text, size_t size)
{
    size_t len = strnlen(text, size);
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7F) {
            return false;
        }
    }
    return len < size;
}

#endif
