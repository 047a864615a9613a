#include "tlv/tlv.h"

#include <string.h>

static size_t tag_len(uint32_t tag)
{
    return tag > 0xFFFF ? 3 : tag > 0xFF ? 2 : 1;
}

static size_t length_len(size_t len)
{
    return len < 0x80 ? 1 : len <= 0xFF ? 2 : len <= 0xFFFF ? 3 : len <= 0xFFFFFF ? 4 : 5;
}

size_t tlv_header_len(uint32_t tag, size_t value_len)
{
    return tag_len(tag) + length_len(value_len);
}

/* Writes `count` low bytes of value, big endian. */
static void put_low_bytes(uint8_t *at, uint64_t value, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        at[i] = (uint8_t)(value >> (8 * (count - 1 - i)));
    }
}

static void set_length(uint8_t *at, size_t len)
{
    size_t count = length_len(len) - 1;
    if (count == 0) {
        at[0] = (uint8_t)len;
        return;
    }
    at[0] = (uint8_t)(0x80 | count);
    put_low_bytes(at + 1, len, count);
}

static void put_tag(struct buf *buf, uint32_t tag)
{
    uint8_t *at = buf_extend(buf, tag_len(tag));
    if (at != NULL) {
        put_low_bytes(at, tag, tag_len(tag));
    }
}

void tlv_put_header(struct buf *buf, uint32_t tag, size_t value_len)
{
    put_tag(buf, tag);
    uint8_t *at = buf_extend(buf, length_len(value_len));
    if (at != NULL) {
        set_length(at, value_len);
    }
}

void tlv_put(struct buf *buf, uint32_t tag, struct bytes value)
{
    tlv_put_header(buf, tag, value.len);
    buf_put_bytes(buf, value);
}

void tlv_put_uint(struct buf *buf, uint32_t tag, uint64_t value)
{
    uint8_t bytes[9] = {0};
    put_low_bytes(bytes + 1, value, 8);
    size_t first = 0;
    while (first < 8 && bytes[first] == 0 && !(bytes[first + 1] & 0x80)) {
        first++;
    }
    tlv_put(buf, tag, bytes_make(bytes + first, sizeof(bytes) - first));
}

void tlv_put_str(struct buf *buf, uint32_t tag, const char *text)
{
    tlv_put(buf, tag, bytes_make(text, strlen(text)));
}

size_t tlv_open(struct buf *buf, uint32_t tag)
{
    put_tag(buf, tag);
    buf_put_u8(buf, 0); /* the length, widened by tlv_close() when needed */
    return buf->len;
}

void tlv_close(struct buf *buf, size_t mark)
{
    if (buf_err(buf) != ERR_OK) {
        return;
    }
    size_t len = buf->len - mark;
    size_t more = length_len(len) - 1;
    if (more > 0) {
        if (buf_extend(buf, more) == NULL) {
            return;
        }
        memmove(buf->data + mark + more, buf->data + mark, len);
    }
    set_length(buf->data + mark - 1, len);
}
