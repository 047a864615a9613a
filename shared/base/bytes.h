/* Borrowed views and growable buffers of bytes. */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* A view of memory somebody else owns. {NULL, 0} is the empty view. */
struct bytes {
    const uint8_t *data;
    size_t len;
};

#define BYTES_NONE ((struct bytes){NULL, 0})
/* View of a fixed array. */
#define BYTES_OF(array) ((struct bytes){(array), sizeof(array)})

struct bytes bytes_make(const void *data, size_t len);
/* Equal length and content. Not constant time: for public values only. */
bool bytes_equal(struct bytes a, struct bytes b);
/* Constant time in the content (not in the length): for MACs and secrets. */
bool bytes_equal_secret(struct bytes a, struct bytes b);

/* A growable buffer with a stated maximum. Memory given up, by growth or
 * clear, is zeroed first, so it may hold secrets. The first failure (ERR_RANGE
 * past max, ERR_MEMORY) sticks: later appends do nothing, and buf_err() says
 * it, so a message is built straight down and checked once. */
struct buf {
    uint8_t *data;
    size_t len;
    size_t cap;
    size_t max;
    enum err err;
};

/* Empty buffer that may grow to max bytes. Allocates nothing. */
void buf_init(struct buf *buf, size_t max);
/* Zeroes and frees; the buffer is empty and usable again with the same max.
 * A zero-filled struct buf is a valid, empty buffer of max 0. */
void buf_clear(struct buf *buf);
/* Zeroes the content, keeps the memory, forgets an error. */
void buf_reset(struct buf *buf);
void buf_put(struct buf *buf, const void *data, size_t len);
void buf_put_bytes(struct buf *buf, struct bytes bytes);
void buf_put_u8(struct buf *buf, uint8_t value);
void buf_put_u16(struct buf *buf, uint16_t value); /* big endian */
void buf_put_u32(struct buf *buf, uint32_t value); /* big endian */
void buf_put_u64(struct buf *buf, uint64_t value); /* big endian */
/* Text without its terminating zero. */
void buf_put_str(struct buf *buf, const char *text);
/* Removes the first len bytes (all when fewer). */
void buf_consume(struct buf *buf, size_t len);
/* Makes room for len more bytes and returns where they go, or NULL; the caller
 * fills them. */
uint8_t *buf_extend(struct buf *buf, size_t len);
/* View of the content; valid until the next change. */
struct bytes buf_bytes(const struct buf *buf);
/* The first failure, or ERR_OK. */
enum err buf_err(const struct buf *buf);

uint16_t get_u16(const uint8_t *p);
uint32_t get_u32(const uint8_t *p);
uint64_t get_u64(const uint8_t *p);
void set_u32(uint8_t *p, uint32_t value);
void set_u64(uint8_t *p, uint64_t value);

#endif
