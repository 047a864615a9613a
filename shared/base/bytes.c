#include "base/bytes.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "base/secret.h"

enum { BUF_FIRST_CAP = 64 };

struct bytes bytes_make(const void *data, size_t len)
{
    return (struct bytes){data, len};
}

bool bytes_equal(struct bytes a, struct bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

bool bytes_equal_secret(struct bytes a, struct bytes b)
{
    return a.len == b.len && (a.len == 0 || CRYPTO_memcmp(a.data, b.data, a.len) == 0);
}

void buf_init(struct buf *buf, size_t max)
{
    *buf = (struct buf){.max = max};
}

void buf_clear(struct buf *buf)
{
    secret_zero(buf->data, buf->cap);
    free(buf->data);
    buf_init(buf, buf->max);
}

void buf_reset(struct buf *buf)
{
    secret_zero(buf->data, buf->len);
    buf->len = 0;
    buf->err = ERR_OK;
}

/* Moves to a larger block by hand: realloc() would leave the old bytes behind. */
static bool buf_grow(struct buf *buf, size_t need)
{
    size_t cap = buf->cap > 0 ? buf->cap : BUF_FIRST_CAP;
    while (cap < need) {
        cap = cap > buf->max / 2 ? buf->max : cap * 2;
    }
    if (cap > buf->max) {
        cap = buf->max;
    }
    uint8_t *data = malloc(cap);
    if (data == NULL) {
        buf->err = ERR_MEMORY;
        return false;
    }
    if (buf->len > 0) {
        memcpy(data, buf->data, buf->len);
    }
    secret_zero(buf->data, buf->cap);
    free(buf->data);
    buf->data = data;
    buf->cap = cap;
    return true;
}

uint8_t *buf_extend(struct buf *buf, size_t len)
{
    if (buf->err != ERR_OK) {
        return NULL;
    }
    if (len > buf->max - buf->len) {
        buf->err = ERR_RANGE;
        return NULL;
    }
    if (len > buf->cap - buf->len && !buf_grow(buf, buf->len + len)) {
        return NULL;
    }
    uint8_t *at = buf->data + buf->len;
    buf->len += len;
    return at;
}

void buf_put(struct buf *buf, const void *data, size_t len)
{
    if (len == 0) {
        return;
    }
    uint8_t *at = buf_extend(buf, len);
    if (at != NULL) {
        memcpy(at, data, len);
    }
}

void buf_put_bytes(struct buf *buf, struct bytes bytes)
{
    buf_put(buf, bytes.data, bytes.len);
}

void buf_put_u8(struct buf *buf, uint8_t value)
{
    buf_put(buf, &value, 1);
}

void buf_put_u16(struct buf *buf, uint16_t value)
{
    uint8_t bytes[2] = {(uint8_t)(value >> 8), (uint8_t)value};
    buf_put(buf, bytes, sizeof(bytes));
}

void buf_put_u32(struct buf *buf, uint32_t value)
{
    uint8_t bytes[4];
    set_u32(bytes, value);
    buf_put(buf, bytes, sizeof(bytes));
}

void buf_put_u64(struct buf *buf, uint64_t value)
{
    uint8_t bytes[8];
    set_u64(bytes, value);
    buf_put(buf, bytes, sizeof(bytes));
}

void buf_put_str(struct buf *buf, const char *text)
{
    buf_put(buf, text, strlen(text));
}

void buf_consume(struct buf *buf, size_t len)
{
    size_t take = len < buf->len ? len : buf->len;
    size_t rest = buf->len - take;
    if (rest > 0) {
        memmove(buf->data, buf->data + take, rest);
    }
    if (take > 0) {
        secret_zero(buf->data + rest, take);
    }
    buf->len = rest;
}

struct bytes buf_bytes(const struct buf *buf)
{
    return (struct bytes){buf->data, buf->len};
}

enum err buf_err(const struct buf *buf)
{
    return buf->err;
}

uint16_t get_u16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

uint32_t get_u32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

uint64_t get_u64(const uint8_t *p)
{
    return (uint64_t)get_u32(p) << 32 | get_u32(p + 4);
}

void set_u32(uint8_t *p, uint32_t value)
{
    p[0] = (uint8_t)(value >> 24);
    p[1] = (uint8_t)(value >> 16);
    p[2] = (uint8_t)(value >> 8);
    p[3] = (uint8_t)value;
}

void set_u64(uint8_t *p, uint64_t value)
{
    set_u32(p, (uint32_t)(value >> 32));
    set_u32(p + 4, (uint32_t)value);
}
